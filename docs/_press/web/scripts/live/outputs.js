/* What a run shows, in the place of the built output: a figure goes into its <figure>, whose caption stays. */
import { make } from "../dom.js";
import { mark } from "./editor.js";
import { page } from "./page.js";

const LIMIT = 200_000; // characters that a cell may print into the page

/* The place for the outputs of a run; the built ones are taken out, and kept for Reset. */
function slot(cell) {
  if (cell.slot) return cell.slot;
  let place = cell.box.querySelector(".cell_output");
  if (!place) {
    place = cell.added = make("div", { class: "cell_output docutils container" });
    cell.box.append(place);
  }
  cell.built = [...place.querySelectorAll(".output")].map((part) => {
    const place = document.createComment("");
    part.replaceWith(place);
    return [place, part];
  });
  cell.slot = make("div", { class: "vgp-live-out" });
  (place.querySelector("figure") ?? place).prepend(cell.slot);
  return cell.slot;
}

/* The book's own outputs again. */
export const restoreOutput = (cell) => {
  if (!cell.slot) return;
  for (const [place, part] of cell.built) place.replaceWith(part);
  cell.slot.remove();
  cell.added?.remove();
  cell.slot = cell.added = cell.built = null;
  mark(cell, null);
};

const block = (kind, pre) =>
  make("div", { class: `output ${kind} highlight-myst-ansi notranslate` }, make("div", { class: "highlight" }, pre));
const note = (text) => make("p", { class: "vgp-live-note" }, text);

/* Collects the outputs of one run; the page changes with the first of them, or at the end. */
export class Output {
  constructor(cell) {
    Object.assign(this, { cell, begun: false, length: 0, stream: null });
  }

  begin() {
    const place = slot(this.cell);
    if (!this.begun) place.replaceChildren();
    this.begun = true;
    return place;
  }

  write(name, text) {
    if (this.length > LIMIT) return;
    this.length += text.length;
    if (this.stream?.name !== name) {
      const shown = document.createTextNode("");
      this.stream = { name, shown };
      this.begin().append(block(`stream ${name}`, make("pre", {}, shown)));
    }
    this.stream.shown.appendData(text);
    if (this.length > LIMIT) this.begin().append(note("What the cell prints after this is not shown: it is too much."));
  }

  finish(bundles) {
    const had = this.cell.slot || this.cell.box.querySelector(".cell_output .output");
    if (!this.begun && !bundles.length && !had) return; // a cell without output, as before
    const place = this.begin();
    place.append(...bundles.map(shown));
    if (!place.childElementCount) place.append(note("The cell has run; it shows nothing."));
    this.end();
  }

  fail(error) {
    this.begin().append(traceback(error));
    this.end();
  }

  stop() {
    if (this.begun) this.begin().append(note("Stopped here."));
    this.end();
  }

  end() {
    const place = this.cell.slot;
    if (!place) return;
    const figure = place.closest("figure");
    if (figure?.querySelector("figcaption")) {
      const drawn = place.querySelector("svg");
      const yours = "Drawn by your run. The numbers in the caption, SVG and PNG are those of the build.";
      const none = "The numbers in the caption are those of the build, which drew a figure here.";
      place.append(note(drawn ? yours : none));
    }
    for (const pre of place.querySelectorAll("pre")) {
      if (pre.scrollWidth > pre.clientWidth) pre.tabIndex = 0; // to be scrolled by keyboard
    }
  }
}

function shown(bundle) {
  const rich = bundle["text/html"] ?? bundle["image/svg+xml"];
  if (rich !== undefined) {
    const box = make("div", { class: "output text_html" });
    box.innerHTML = rich; // of the reader's own run; the page's policy runs no script in it
    return box;
  }
  if (bundle["image/png"]) {
    const source = `data:image/png;base64,${bundle["image/png"]}`;
    return make("div", { class: "output image_png" }, make("img", { src: source, alt: bundle["text/plain"] ?? "" }));
  }
  return block("text_plain", make("pre", {}, (bundle["text/plain"] ?? "").replace(/\n?$/, "\n")));
}

/* `ValueError in line 3: ...`, then the way to it: lines of this cell, of cells above, of the library. */
function traceback(error) {
  const where = error.line ? ` in line ${error.line}` : "";
  const head = make("p", {}, make("strong", {}, error.name), `${where}: ${error.message}`);
  const box = make("div", { class: "vgp-live-error" }, head);
  const frames = error.traceback ?? [];
  if (frames.length) box.append(make("ol", {}, ...frames.map(frame)));
  return box;
}

function frame({ name, line, text, cell }) {
  const target = cell && page.cells.find((other) => other.name === name);
  const place = line ? `${name}, line ${line}` : name;
  const shown = target ? make("a", { href: "#" + target.box.id }, place) : place;
  return make("li", {}, shown, ...(text?.trim() ? [": ", make("code", {}, text.trim())] : []));
}
