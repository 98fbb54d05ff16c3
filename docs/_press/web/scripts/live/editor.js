/* The editor lies over the cell: a text area whose letters are not drawn, above the same text in colours. So nothing
   moves when it opens, and leaving it shows the highlighted code. Escape leaves it; Tab indents. */
import { make } from "../dom.js";
import { isEdited, page } from "./page.js";
import { coloured } from "./python.js";
import { buttons } from "./status.js";

const HELP = "vgp-live-keys";
const INDENT = "    ";

/* Show `code` in the cell and keep it, or forget the edit if it is the book's own text again. */
export const setCode = (cell, code) => {
  cell.book ??= [...cell.pre.childNodes];
  cell.code = code;
  cell.pre.replaceChildren(...(isEdited(cell) ? [coloured(code + "\n")] : cell.book));
  if (cell.area && cell.area.value !== code) cell.area.value = code;
  mark(cell, null);
  cell.verdict?.remove(); // it was about another text
  const kept = page.keep((all) => {
    if (isEdited(cell)) all[cell.key] = code;
    else delete all[cell.key];
  });
  cell.unkept = !kept && isEdited(cell);
  buttons(cell);
};

// --- writing ---------------------------------------------------------------------------------------------------------
/* As if typed, so that the browser's undo knows it. */
function type(area, text, from = area.selectionStart, to = area.selectionEnd) {
  area.setSelectionRange(from, to);
  const known = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (!known) {
    area.setRangeText(text, from, to, "end");
    area.dispatchEvent(new Event("input"));
  }
}

function indent(area, back) {
  const { value, selectionStart: start, selectionEnd: end } = area;
  if (start === end && !back) return type(area, INDENT.slice((start - value.lastIndexOf("\n", start - 1) - 1) % 4));
  const from = value.lastIndexOf("\n", start - 1) + 1;
  const lines = value.slice(from, end).split("\n");
  const moved = lines.map((line) => (back ? line.replace(/^ {1,4}/, "") : INDENT + line)).join("\n");
  if (moved === lines.join("\n")) return;
  type(area, moved, from, end);
  if (start === end) area.setSelectionRange(Math.max(from, start - 4), Math.max(from, start - 4));
  else area.setSelectionRange(from, from + moved.length);
}

function newline(area) {
  const before = area.value.slice(area.value.lastIndexOf("\n", area.selectionStart - 1) + 1, area.selectionStart);
  type(area, "\n" + before.match(/^ */)[0] + (/:\s*(#.*)?$/.test(before) ? INDENT : ""));
}

function onKey(cell, event) {
  const { key } = event;
  if (key === "Escape") close(cell, true);
  else if (key === "Enter" && (event.ctrlKey || event.metaKey || event.shiftKey)) page.act("run", cell);
  else if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey) return;
  else if (key === "Tab") indent(cell.area, event.shiftKey);
  else if (key === "Enter") newline(cell.area);
  else return;
  event.preventDefault();
  event.stopPropagation();
}

// --- opening and closing -----------------------------------------------------------------------------------------------
const edit = (cell) => {
  if (cell.area) return close(cell, true);
  if (!document.getElementById(HELP)) {
    const text = "Ctrl or Shift with Enter runs the cell, Tab indents, Escape leaves the editor.";
    document.querySelector("main").append(make("p", { id: HELP, hidden: true }, text));
  }
  const area = (cell.area = make("textarea", {
    class: "vgp-live-area",
    spellcheck: "false",
    autocapitalize: "off",
    autocomplete: "off",
    autocorrect: "off",
    wrap: "off",
    "aria-label": `Code of cell ${cell.number}`,
    "aria-describedby": HELP,
  }));
  area.value = cell.code;
  cell.pre.style.minHeight = `${cell.pre.offsetHeight}px`; // with the scroll bar that it may lose: nothing moves
  cell.box.dataset.editing = "";
  cell.pre.inert = true; // the text area is read and focused in its place
  cell.pre.after(area);
  area.addEventListener("keydown", (event) => onKey(cell, event));
  area.addEventListener("input", () => setCode(cell, area.value));
  area.addEventListener("scroll", () => (cell.pre.scrollLeft = area.scrollLeft));
  buttons(cell);
  area.setSelectionRange(0, 0);
  area.focus();
};

const close = (cell, focus) => {
  if (!cell.area) return;
  cell.area.remove();
  cell.area = null;
  cell.pre.inert = false;
  cell.pre.style.minHeight = "";
  delete cell.box.dataset.editing;
  buttons(cell);
  if (focus) cell.bar.querySelector('[data-live-do="edit"]').focus();
};

const download = (cell) => {
  const name = location.pathname.match(/([^/]*?)(\.html)?$/)[1] || "index";
  const address = URL.createObjectURL(new Blob([cell.code + "\n"], { type: "text/x-python" }));
  const link = make("a", { href: address, download: `${name}-cell-${cell.number}.py` });
  document.body.append(link); // Firefox wants it in the page
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
};

// --- the line of an error ----------------------------------------------------------------------------------------------
export const mark = (cell, line) => {
  cell.line?.remove();
  cell.line = null;
  if (!line) return;
  const fold = cell.input.closest("details");
  if (fold && cell.box.contains(fold)) fold.open = true;
  const style = getComputedStyle(cell.pre);
  const height = parseFloat(style.lineHeight);
  cell.line = make("span", { class: "vgp-live-line" });
  cell.line.style.top = `${cell.pre.offsetTop + parseFloat(style.paddingTop) + (line - 1) * height}px`;
  cell.line.style.height = `${height}px`;
  cell.pre.after(cell.line);
};

// --- after a reload ----------------------------------------------------------------------------------------------------
/* An edit comes back where the book's text is the same; else it is shown beside the cell, to be used or forgotten. */
const restore = () => {
  for (const [key, code] of Object.entries(page.edits())) {
    const [number, hash] = key.split(":");
    const same =
      page.cells.find((cell) => cell.key === key) ?? page.cells.find((cell) => cell.key.endsWith(":" + hash));
    if (same && same.key !== key) page.keep((all) => delete all[key]);
    if (same) setCode(same, code);
    else stale(key, code, page.cells.find((cell) => cell.number >= Number(number)) ?? page.cells.at(-1));
  }
};

function stale(key, code, cell) {
  const forget = () => {
    page.keep((all) => delete all[key]);
    box.remove();
  };
  const use = make("button", { type: "button", class: "vgp-live-button" }, "Use it in this cell");
  const discard = make("button", { type: "button", class: "vgp-live-button" }, "Forget it");
  const box = make(
    "details",
    { class: "vgp-live-stale" },
    make("summary", {}, "You edited a cell here; the book has changed it since. Your text:"),
    make("pre", { tabindex: "0" }, code),
    use,
    discard,
  );
  use.addEventListener("click", () => {
    forget();
    setCode(cell, code);
    cell.bar.querySelector("button").focus();
  });
  discard.addEventListener("click", () => {
    forget();
    cell.bar.querySelector("button").focus();
  });
  cell.bar.after(box);
}

export const actions = { edit, download, restore };
