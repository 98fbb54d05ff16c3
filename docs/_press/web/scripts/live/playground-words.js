/* What the playground says: to everyone, in a line above the curves, and to screen readers. */
import { make } from "../dom.js";

export const said = make("p", { class: "pg-message", role: "status" });
export const spoken = make("p", { class: "visually-hidden", role: "status", "aria-live": "polite" });

/* For everyone, until the next one: kind = "warning", "failed" or "said". */
export const message = (text, kind = "said") => {
  said.dataset.kind = kind;
  said.textContent = text;
};

let timer;
let next = 0;

/* For screen readers, at most one sentence in two seconds: the newest. */
export const say = (text) => {
  clearTimeout(timer);
  timer = setTimeout(
    () => {
      next = performance.now() + 2000;
      spoken.textContent = text;
    },
    Math.max(50, next - performance.now()),
  );
};
