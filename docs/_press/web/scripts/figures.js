/* A figure opens large, over the page and in the page's colours; Escape, the button and a click beside it close it. */
import { make } from "./dom.js";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.vgp-enlarge");
  const figure = link && link.closest("figure");
  const svg = figure && figure.querySelector("svg.vgp-figure");
  if (!svg || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();

  const close = make("button", { type: "button", class: "vgp-close" }, "Close");
  // a narrow screen scrolls the room, also by keyboard
  const room = make("div", { tabindex: "0", role: "group", "aria-label": "Enlarged figure" });
  const name = link.getAttribute("aria-label").replace("Enlarge f", "F");
  const dialog = make("dialog", { class: "vgp-large", "aria-label": name }, close, room);

  // The figure itself moves, since a copy would double its identifiers; its place is kept meanwhile.
  const home = svg.parentNode;
  home.style.minHeight = home.getBoundingClientRect().height + "px";
  room.append(svg);
  document.body.append(dialog);
  dialog.addEventListener("close", () => {
    home.append(svg);
    home.style.minHeight = "";
    dialog.remove();
  });
  dialog.addEventListener("click", (at) => {
    if (at.target === dialog || at.target === close) dialog.close();
  });
  dialog.showModal();
});
