/* A figure opens large, over the page and in the page's colours; Escape, the button and a click beside it close it. */
"use strict";

document.addEventListener("click", (event) => {
  const link = event.target.closest("a.vgp-enlarge");
  const figure = link && link.closest("figure");
  const svg = figure && figure.querySelector("svg.vgp-figure");
  if (!svg || event.ctrlKey || event.metaKey || event.shiftKey || !window.HTMLDialogElement) return;
  event.preventDefault();

  const dialog = document.createElement("dialog");
  dialog.className = "vgp-large";
  dialog.setAttribute("aria-label", link.getAttribute("aria-label").replace("Enlarge f", "F"));
  const close = document.createElement("button");
  close.type = "button";
  close.className = "vgp-close";
  close.textContent = "Close";
  const room = document.createElement("div");
  room.tabIndex = 0; // a narrow screen scrolls it, also by keyboard
  room.setAttribute("role", "group");
  room.setAttribute("aria-label", "Enlarged figure");
  dialog.append(close, room);

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
