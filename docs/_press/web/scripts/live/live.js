/* The larger part of the live cells, which cells.js loads when one of them is first used: what their buttons do. */
import { actions as editing } from "./editor.js";
import { take } from "./page.js";
import { actions as running } from "./run.js";

/* Take the page over; return the actions by their names, each a function of a cell, or of nothing. */
export const start = (prepared) => {
  take(prepared);
  return { ...editing, ...running };
};
