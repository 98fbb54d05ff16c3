/* The playground. Until the reader presses Start, everything that is shown was computed when the book was built; Python is
   loaded only then. */
import { make } from "../dom.js";
import { json, root } from "./playground-base.js";
import { open } from "./playground-page.js";

async function begin() {
  if (location.protocol === "file:") {
    throw new Error(
      "a browser loads no data from a folder; it needs a web server, such as python3 -m http.server in the site's folder",
    );
  }
  open(await json(root.dataset.json));
}

begin().catch((error) => {
  root.dataset.state = "failed";
  const text = `The playground does not work here: ${error.message}. What stands below was computed when the book was built.`;
  root.replaceChildren(make("p", { class: "pg-message", role: "status", "data-kind": "failed" }, text));
});
