/* What all parts of the playground use: its place in the page, its data, and how numbers are written. */
import { make } from "../dom.js";
import { size as told } from "./address.js";

export const root = document.getElementById("playground");
export const size = told ?? root.dataset.size; // of what Start loads

// --- small things of the page ------------------------------------------------------------------------------------------
export const button = (text, does, attributes = {}) => {
  const made = make("button", { type: "button", class: "pg-button", ...attributes }, text);
  made.addEventListener("click", does);
  return made;
};
export const escaped = (text) => String(text).replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

/* A number as people write it: 0.013, 120, 3.1e-7. */
export const number = (value, digits = 2) => {
  if (value === null || value === undefined || !Number.isFinite(value)) return "not finite";
  const size = Math.abs(value);
  if (value === 0) return "0";
  if (size < 1e-3 || size >= 1e5) return value.toExponential(digits - 1).replace("e+", "e");
  return String(Number(size >= 10 ** digits ? value.toFixed(0) : value.toPrecision(digits)));
};

/* Layer numbers as people write them: 1 to 3, 7. */
export const runs = (numbers) => {
  const made = [];
  for (const n of numbers) {
    const last = made.at(-1);
    if (last && n === last[1] + 1) last[1] = n;
    else made.push([n, n]);
  }
  return made.map(([a, b]) => (a === b ? `${a}` : `${a} to ${b}`)).join(", ");
};

/* A file for the reader's own computer. */
export const save = (name, text) => {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
};

// --- data ----------------------------------------------------------------------------------------------------------------
export async function json(address) {
  const got = await fetch(address);
  if (!got.ok) throw new Error(`the file ${address} could not be loaded (${got.status})`);
  return got.json();
}

/* A preset with what the build computed for it. */
export const stored = async (preset) => {
  const file = new URL(`playground/${preset.id}.json`, new URL(root.dataset.json, document.baseURI));
  return preset.answer ? preset : Object.assign(preset, await json(file));
};
