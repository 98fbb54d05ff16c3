/* Search as you type, in the dialog and on the search page, with Pagefind's index (see _press/page/search.py).
   A symbol is found by its letter or its name: chi, \chi and χ are looked for together. */
import { make } from "./dom.js";

const ROOT = new URL(document.documentElement.dataset.content_root, location.href);
const PAGES = 8; // shown at once
const PLACES = 3; // shown of one page
const GREEK = {};
"alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho _ sigma tau upsilon phi chi psi omega"
  .split(" ")
  .forEach((name, i) => (GREEK[name] = String.fromCharCode(0x3b1 + i)));
const NAMES = Object.fromEntries(Object.entries(GREEK).map(([name, letter]) => [letter, name]));

const variants = (query) => {
  const text = query.normalize("NFKC").replaceAll("\\", " ").trim();
  const letters = text.replace(/[a-z]+/gi, (word) => GREEK[word.toLowerCase()] ?? word);
  const names = text.replace(/[α-ω]/g, (letter) => NAMES[letter] ?? letter);
  return [...new Set([text, letters, names])];
};

let library;
const pagefind = () =>
  (library ??= import(new URL("pagefind/pagefind.js", ROOT)).then(async (loaded) => {
    await loaded.options({ baseUrl: ROOT.pathname, excerptLength: 26 });
    await loaded.init();
    return loaded;
  }));

const weight = (place) => place.weighted_locations.reduce((sum, found) => sum + found.balanced_score, 0);

/* Pages in order, each with a function that loads its best places. */
async function search(query) {
  const engine = await pagefind();
  const pages = new Map();
  for (const text of variants(query)) {
    for (const { id, score, data } of (await engine.search(text)).results) {
      const page = pages.get(id) ?? { score: 0, data: [] };
      page.score += score;
      page.data.push(data);
      pages.set(id, page);
    }
  }
  const load = async ({ data }) => {
    const all = await Promise.all(data.map((one) => one()));
    const places = new Map();
    for (const place of all.flatMap((one) => one.sub_results)) {
      const known = places.get(place.url);
      if (!known || weight(place) > weight(known)) places.set(place.url, place);
    }
    const best = [...places.values()].sort((a, b) => weight(b) - weight(a)).slice(0, PLACES);
    return { url: all[0].url, title: all[0].meta.title, best };
  };
  return [...pages.values()].sort((a, b) => b.score - a.score).map((page) => () => load(page));
}

/* Pagefind shortens a word that is nowhere until something begins with it: is the beginning of one there at all? */
const really = (query, pages) => {
  const plain = (text) => text.toLowerCase().replace(/[^\p{L}\p{N} ]/gu, "");
  const begins = variants(query)
    .flatMap((text) => plain(text).split(/\s+/))
    .filter(Boolean)
    .map((word) => word.slice(0, 4));
  const marked = pages.flatMap(({ best }) => best.flatMap(({ excerpt }) => excerpt.match(/<mark>.*?<\/mark>/g) ?? []));
  return marked.some((word) => begins.some((begin) => plain(word.slice(6, -7)).includes(begin)));
};

const excerpt = (html) => {
  const box = make("p", { class: "vgp-excerpt" });
  box.innerHTML = html; // Pagefind escapes all but <mark>
  return box;
};

const shown = ({ url, title, best }) => {
  const item = make("li", {}, make("a", { href: url, class: "vgp-result" }, title));
  for (const place of best) {
    if (place.title !== title) item.append(make("a", { href: place.url, class: "vgp-place" }, place.title));
    item.append(excerpt(place.excerpt));
  }
  return item;
};

const link = (name, text) => make("a", { href: new URL(name, ROOT) }, text);
const sorry = () => [
  location.protocol === "file:"
    ? "Search needs a web server, such as python3 -m http.server, because a browser loads no index from a folder. Without one use the "
    : "The search index could not be loaded. There are also the ",
  link("genindex.html", "index"),
  " and the ",
  link("glossary.html", "glossary"),
  ".",
];

/* Follow an input field, and show what is found in `out`. */
function follow(input, out) {
  const status = make("p", { class: "vgp-search-status", role: "status" });
  const list = make("ol", { class: "vgp-results" });
  const more = make("button", { type: "button", class: "btn btn-sm vgp-more", hidden: true }, "More pages");
  out.append(status, list, more);
  let turn = 0;
  let rest = [];
  const next = () => Promise.all(rest.splice(0, PAGES).map((load) => load()));
  const show = (pages) => {
    list.append(...pages.map(shown));
    more.hidden = rest.length === 0;
  };
  more.addEventListener("click", async () => {
    const [mine, before, pages] = [turn, list.children.length, await next()];
    if (mine !== turn) return;
    show(pages);
    list.children[before]?.querySelector("a").focus();
  });
  const run = async () => {
    const query = input.value.trim();
    const mine = ++turn;
    more.hidden = true;
    if (!query && location.protocol !== "file:") {
      status.replaceChildren();
      list.replaceChildren();
      return;
    }
    try {
      const found = await search(query);
      if (mine !== turn) return;
      const count = found.length === 1 ? "one page" : `${found.length} pages`;
      rest = found;
      const pages = await next();
      if (mine !== turn) return;
      const there = really(query, pages);
      status.replaceChildren(there ? `Found on ${count}.` : `Nothing was found for “${query}”.`);
      list.replaceChildren();
      if (there) show(pages);
    } catch {
      if (mine === turn) status.replaceChildren(...sorry());
    }
  };
  let timer;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(run, 200);
  });
  return run;
}

const page = document.getElementById("search-results");
if (page) {
  const input = document.querySelector(".bd-search-container input[name=q]");
  const run = follow(input, page);
  input.value = new URLSearchParams(location.search).get("q") ?? "";
  input.addEventListener("input", () => history.replaceState(null, "", `?q=${encodeURIComponent(input.value)}`));
  input.focus();
  if (input.value || location.protocol === "file:") run();
}
const dialog = document.getElementById("pst-search-dialog");
if (dialog && !page) {
  const out = dialog.appendChild(make("div", { class: "vgp-search-out" }));
  follow(dialog.querySelector("input[name=q]"), out);
}
