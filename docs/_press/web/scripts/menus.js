/* What these pages use of Bootstrap's script (81 KB), with the same classes and so the same look: menus that drop down,
   tooltips, and the button that leads back to the top. _press/finish/scripts.py puts it in Bootstrap's place.
   It also turns the page light while it is printed. */
import { make } from "./dom.js";

// --- tooltips: half a second after the mouse, at once for the keyboard ---------------------------------------------
class Tooltip {
  constructor(element, options = {}) {
    this.element = element;
    this.text = options.title || element.getAttribute("title");
    this.box = null;
    Tooltip.all.set(element, this);
    if (element.getAttribute("title")) {
      const named = element.getAttribute("aria-label") || element.textContent.trim();
      if (!named) element.setAttribute("aria-label", this.text);
      element.removeAttribute("title");
    }
    if (options.trigger === "manual") return;
    element.addEventListener("mouseenter", () => (this.timer = setTimeout(() => this.show(), 500)));
    element.addEventListener("mouseleave", () => this.hide());
    element.addEventListener("focusin", (event) => event.target.matches(":focus-visible") && this.show());
    element.addEventListener("focusout", () => this.hide());
    element.addEventListener("click", () => this.hide());
  }

  show() {
    if (this.box || this.element.querySelector(".dropdown-menu.show")) return;
    const arrow = make("div", { class: "tooltip-arrow" });
    const inner = make("div", { class: "tooltip-inner" }, this.text);
    const box = { class: "tooltip bs-tooltip-auto fade show", "data-popper-placement": "bottom" };
    this.box = make("div", { ...box, "aria-hidden": "true" }, arrow, inner); // the element has the text as its name
    this.box.style.position = "fixed"; // before it is measured: it would be as wide as the page
    (this.element.closest("dialog") || document.body).append(this.box);
    const at = this.element.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.box;
    const middle = at.left + at.width / 2;
    const left = Math.max(4, Math.min(middle - width / 2, document.documentElement.clientWidth - width - 4));
    Object.assign(this.box.style, { left: left + "px", top: at.bottom + "px" });
    Object.assign(arrow.style, { position: "absolute", left: middle - left - arrow.offsetWidth / 2 + "px" });
    if (at.bottom + height > innerHeight) this.box.style.top = at.top - height + "px";
  }

  hide() {
    clearTimeout(this.timer);
    if (this.box) this.box.remove();
    this.box = null;
  }

  static getInstance(element) {
    return Tooltip.all.get(element) || null;
  }
}
Tooltip.all = new Map();

// --- menus ---------------------------------------------------------------------------------------------------------
const menuOf = (button) => button.parentElement.querySelector(".dropdown-menu");

function turn(button, open) {
  const menu = menuOf(button);
  for (const element of [button, menu]) element.classList.toggle("show", open);
  button.setAttribute("aria-expanded", String(open));
  menu.style.transform = open ? "none" : "";
  if (!open) {
    delete menu.dataset.bsPopper;
    return;
  }
  menu.dataset.bsPopper = "static"; // Bootstrap's own rules place it below the button, and it must stay in the window
  const at = menu.getBoundingClientRect();
  const shift = Math.min(0, document.documentElement.clientWidth - 4 - at.right) || Math.max(0, 4 - at.left);
  if (shift) menu.style.transform = `translateX(${shift}px)`;
  Tooltip.all.forEach((tooltip) => tooltip.hide());
  button.focus(); // the theme takes the focus away from a button that is clicked
}

function closeAll(except) {
  for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"].show')) {
    if (button !== except) turn(button, false);
  }
}

function onClick(event) {
  const button = event.target.closest('[data-bs-toggle="dropdown"]');
  closeAll(button);
  const link = event.target.closest('dialog a[href^="#"]');
  if (link && link.hash) {
    opener = null; // one goes on from the place that the link leads to, and not from the button
    link.closest("dialog").close();
  }
  if (button) turn(button, !button.classList.contains("show"));
}

function onKey(event) {
  if (event.key === "Escape") Tooltip.all.forEach((tooltip) => tooltip.hide());
  const place = event.target.closest && event.target.closest(".dropdown, .dropup, .btn-group");
  const button = place && place.querySelector('[data-bs-toggle="dropdown"]');
  if (!button || !["Escape", "ArrowDown", "ArrowUp"].includes(event.key)) return;
  if (event.key === "Escape") {
    if (!button.classList.contains("show")) return;
    turn(button, false);
    button.focus();
  } else {
    turn(button, true);
    const items = [...menuOf(button).querySelectorAll("a[href], button:not([disabled])")];
    const step = event.key === "ArrowDown" ? 1 : -1;
    const from = items.indexOf(event.target);
    const next = from < 0 ? (step > 0 ? 0 : items.length - 1) : from + step;
    if (items[next]) items[next].focus();
  }
  event.preventDefault();
}

// The theme's buttons for the search and for the two lists, likewise, lose the focus before their dialog opens: they get
// it back when that closes. The theme stops a click on the lists' buttons, so it is seen on its way down.
let opener = null;

function onWayToClick(event) {
  opener = event.target.closest(".search-button__button, .sidebar-toggle") || opener;
}

function onClose(event) {
  const lost = document.activeElement === document.body || event.target.contains(document.activeElement);
  if (opener && lost) opener.focus();
  opener = null;
}

function onLeave(event) {
  for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"].show')) {
    if (event.relatedTarget && !button.parentElement.contains(event.relatedTarget)) turn(button, false);
  }
}

// --- back to the top: the button shows while one scrolls up -----------------------------------------------------------
function backToTop(button) {
  let before = scrollY;
  button.addEventListener("click", () => scrollTo(0, 0));
  const limit = document.querySelector(".bd-header").getBoundingClientRect().bottom;
  addEventListener(
    "scroll",
    () => {
      button.style.display = before > scrollY && scrollY > limit ? "block" : "none";
      before = scrollY;
    },
    { passive: true },
  );
}

// --- paper is light: the colours of code and boxes too --------------------------------------------------------------
const page = document.documentElement;
let screenTheme = null;

function paper(starts) {
  if (starts === (screenTheme !== null)) return;
  [screenTheme, page.dataset.theme] = starts ? [page.dataset.theme, "light"] : [null, screenTheme];
}

addEventListener("beforeprint", () => paper(true));
addEventListener("afterprint", () => paper(false));
matchMedia("print").addEventListener("change", (event) => paper(event.matches));

// --- the theme's dialogs have no name --------------------------------------------------------------------------------
const NAMES = {
  "pst-search-dialog": "Search",
  "pst-primary-sidebar-modal": "Chapters",
  "pst-secondary-sidebar-modal": "On this page",
};

window.bootstrap = { Tooltip };
document.addEventListener("click", onWayToClick, true);
document.addEventListener("click", onClick);
document.addEventListener("keydown", onKey);
document.addEventListener("focusout", onLeave);
document.addEventListener("close", onClose, true);
const start = () => {
  for (const element of document.querySelectorAll('[data-bs-toggle="tooltip"]')) new Tooltip(element);
  for (const button of document.querySelectorAll('[data-bs-toggle="dropdown"]'))
    button.setAttribute("aria-expanded", "false");
  for (const [id, name] of Object.entries(NAMES)) document.getElementById(id)?.setAttribute("aria-label", name);
  const button = document.getElementById("pst-back-to-top");
  if (button) backToTop(button);
};
if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
else start();
