/* A button of a cell. What it does stands in data-live-do: the name of an action in run.js or editor.js. */
import { make } from "../dom.js";

export const button = (does, text, title, icon) => {
  const sign = icon ? [make("i", { class: `fas ${icon}`, "aria-hidden": "true" }), " "] : [];
  return make("button", { type: "button", class: "vgp-live-button", "data-live-do": does, title }, ...sign, text);
};
