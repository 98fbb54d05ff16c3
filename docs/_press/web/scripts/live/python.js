/* Colours for Python that the reader writes, with the classes that Pygments gives to the book's code. */
import { make } from "../dom.js";

const words = (text) => new Set(text.split(" "));
const KEYWORDS = words(
  "as assert async await break class continue def del elif else except finally for from global if import lambda " +
    "nonlocal pass raise return try while with yield",
);
const OPERATORS = words("and in is not or");
const CONSTANTS = words("False None True");
const BUILTINS = words(
  "abs all any bool dict dir divmod enumerate filter float format frozenset getattr hasattr int isinstance iter len " +
    "list map max min next object open pow print range repr reversed round set setattr sorted str sum super tuple type vars zip",
);
const TOKEN = new RegExp(
  [
    /(?<c1>#.*)/,
    /(?<s2>\b[rbfuRBFU]{1,2}(?=["'])(?:"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?))/,
    /(?<s1>"""[\s\S]*?(?:"""|$)|'''[\s\S]*?(?:'''|$)|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)/,
    /(?<mi>(?<![\w.])(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?j?|\b0[xXbBoO][\da-fA-F_]+)/,
    /(?<word>[A-Za-z_]\w*)/,
    /(?<o>[-+*/%=<>!&|^~@]+)/,
  ]
    .map((part) => part.source)
    .join("|"),
  "g",
);

function kind({ word, ...others }, before) {
  if (word === undefined) return Object.keys(others).find((name) => others[name] !== undefined);
  if (KEYWORDS.has(word)) return "k";
  if (OPERATORS.has(word)) return "ow";
  if (CONSTANTS.has(word)) return "kc";
  if (/\b(def|class)\s+$/.test(before)) return "nf";
  return BUILTINS.has(word) && !/\.\s*$/.test(before) ? "nb" : null;
}

/* The code as text and marked elements. */
export const coloured = (code) => {
  const made = document.createDocumentFragment();
  let end = 0;
  for (const token of code.matchAll(TOKEN)) {
    const name = kind(token.groups, code.slice(Math.max(0, token.index - 12), token.index));
    if (!name) continue;
    made.append(code.slice(end, token.index), make("span", { class: name }, token[0]));
    end = token.index + token[0].length;
  }
  made.append(code.slice(end));
  return made;
};
