/* What is taken along: the code of the settings, their address, and curves pinned for comparison. */
import { make } from "../dom.js";
import { button, root, save } from "./playground-base.js";
import { message, say } from "./playground-words.js";
import { coloured } from "./python.js";

/* The settings in a line: what differs from the default. */
export const describe = (state, settings) => {
  const preset = settings.presets.find((one) =>
    Object.entries(settings.of(one)).every(([key, value]) => state[key] === value),
  );
  if (preset) return preset.title;
  const parts = Object.entries(state).filter(([key, value]) => value !== settings.defaults[key]);
  return (
    parts.map(([key, value]) => (value === true ? "skip connections" : `${key} ${value}`)).join(", ") ||
    "the default settings"
  );
};

async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    say(`${what} copied.`);
    return true;
  } catch {
    message(`${what} could not be copied: this browser does not allow it here. Select it and copy by hand.`, "warning");
    return false;
  }
}

// --- the code ------------------------------------------------------------------------------------------------------------
/* A dialog with the code; the browser gives the focus back when it closes. */
function codeDialog() {
  const code = make("code");
  const note = make(
    "p",
    { class: "pg-hint" },
    "Run it in a notebook or as a script: it needs only this book's library, vgp, and prints the numbers that the page shows.",
  );
  const copied = button(
    "Copy",
    async () => (await copy(code.textContent, "The code")) && (copied.textContent = "Copied"),
    { "data-do": "copy-code" },
  );
  const download = button("Download", () => save("playground.py", code.textContent), { "data-do": "download-code" });
  const close = button("Close", () => dialog.close(), { "data-do": "close-code" });
  const pre = make("pre", { tabindex: "0", role: "region", "aria-label": "Code" }, code);
  const head = make(
    "div",
    { class: "pg-actions" },
    make("h2", { id: "pg-code-title", class: "pg-title" }, "The code of these settings"),
    copied,
    download,
    close,
  );
  const dialog = make(
    "dialog",
    { class: "pg-dialog", "aria-labelledby": "pg-code-title" },
    head,
    note,
    make("div", { class: "highlight" }, pre),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  root.append(dialog);
  return (text) => {
    code.replaceChildren(coloured(text));
    copied.textContent = "Copy";
    dialog.showModal();
    close.focus();
    pre.scrollTop = 0;
  };
}

export class Share {
  /* `now()`: {answer, ready, code}: what is shown, whether Python is there, the code that came with the page. */
  constructor(settings, engine, now, redraw) {
    Object.assign(this, { settings, engine, now, redraw, pinned: null });
    this.pin = button("Pin these curves", () => this.togglePin(), { "data-do": "pin", "aria-pressed": "false" });
    this.code = button("Show me the code", () => this.showCode(), { "data-do": "code" });
    this.link = button("Copy the address", () => this.copyLink(), { "data-do": "link" });
    this.label = make("p", { class: "pg-hint pg-pinned" });
    this.bar = make("div", { class: "pg-actions" }, this.pin, this.code, this.link, this.label);
    this.open = codeDialog();
  }

  togglePin() {
    const { answer } = this.now();
    if (!answer) return message("There are no curves to pin yet: press Start first.", "warning");
    this.pinned = this.pinned || !answer ? null : answer;
    const name = this.pinned && describe(this.pinned.state, this.settings);
    this.pin.textContent = this.pinned ? "Unpin the curves" : "Pin these curves";
    this.pin.setAttribute("aria-pressed", String(Boolean(this.pinned)));
    this.label.textContent = name ? `Pinned, dotted: ${name}` : "";
    say(name ? `Pinned: ${name}.` : "Unpinned.");
    this.redraw();
  }

  async showCode() {
    const { ready, code } = this.now();
    try {
      if (ready) this.open((await this.engine.ask("code", this.settings.value)).code);
      else if (code) this.open(code);
      else message("The code of these settings is written by Python: press Start first.", "warning");
    } catch (failure) {
      message(failure.message, "failed");
    }
  }

  async copyLink() {
    const url = new URL(this.settings.toAddress(), location.href.split(/[?#]/)[0]);
    if (await copy(url.href, "The address")) message(`The address of these settings is copied: ${url.hash}`, "said");
  }
}
