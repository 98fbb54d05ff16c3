/* The settings: their limits, their form in the address, and who hears of a change. */

const TRUE = ["true", "yes", "1", "on"];
const FALSE = ["false", "no", "0", "off"];
const same = (a, b) => Object.keys(a).every((key) => a[key] === b[key]);

export class Settings {
  constructor({ state, keys }, presets) {
    Object.assign(this, { defaults: state, keys, presets, value: { ...state }, preset: null, listeners: [] });
  }

  /* Called with (value, {how, keys, time}); how: "input" while something moves, "change" after that, "preset", "address". */
  listen(listener) {
    this.listeners.push(listener);
  }

  set(changes, how, time = performance.now()) {
    const keys = Object.keys(changes).filter((key) => changes[key] !== this.value[key]);
    if (!keys.length && how === "input") return;
    this.value = { ...this.value, ...changes };
    this.preset = this.presets.find((preset) => same(this.value, this.of(preset)))?.id ?? null;
    for (const listener of this.listeners) listener(this.value, { how, keys, time });
  }

  of(preset) {
    return { ...this.defaults, ...preset.state };
  }

  find(id) {
    return this.presets.find((preset) => preset.id === id);
  }

  choose(id, how = "preset") {
    this.set(this.of(this.find(id)), how);
  }

  // --- one value from text ---------------------------------------------------------------------------------------------
  /* The value that a text means, or the nearest allowed one with what was wrong. */
  read(key, text) {
    const spec = this.keys[key];
    const wrong = (value, allowed) => ({
      value,
      problem: `${key}=${text} is not allowed: ${allowed}. Shown with ${key}=${value}.`,
    });
    if (spec.kind === "choice") {
      if (spec.choices.includes(text)) return { value: text };
      const near = spec.choices.find((choice) => choice.toLowerCase() === text.toLowerCase());
      return near ? { value: near } : wrong(spec.default, `it is one of ${spec.choices.join(", ")}`);
    }
    if (spec.kind === "bool") {
      if (TRUE.includes(text.toLowerCase())) return { value: true };
      return FALSE.includes(text.toLowerCase()) ? { value: false } : wrong(spec.default, "it is true or false");
    }
    if (key === "scale" && text === "depth") return { value: text };
    const whole = spec.kind === "int";
    const allowed = `it is a ${whole ? "whole " : ""}number from ${spec.low} to ${spec.high}${key === "scale" ? ", or depth" : ""}`;
    const given = text.trim() === "" ? NaN : Number(text);
    if (Number.isNaN(given)) return wrong(spec.default, allowed);
    const inside = Math.min(spec.high, Math.max(spec.low, given));
    const value = whole ? Math.round(inside) : inside;
    return value === given ? { value } : wrong(value, allowed);
  }

  // --- the address -------------------------------------------------------------------------------------------------------
  /* "#depth=50&sigma_w=1.5": only what differs from the default; "#preset=he" for a preset as it is. */
  toAddress() {
    if (this.preset) return "#preset=" + this.preset;
    const parts = Object.entries(this.value).filter(([key, value]) => value !== this.defaults[key]);
    return (
      "#" +
      (parts.map(([key, value]) => `${key}=${encodeURIComponent(value)}`).join("&") || "depth=" + this.value.depth)
    );
  }

  /* The state that an address means, and what is wrong with it; null where it says nothing about the playground. */
  fromAddress(url) {
    const anchor = url.hash.match(/^#preset-(.+)$/); // a place of the page
    if (anchor && this.find(anchor[1])) return { state: this.of(this.find(anchor[1])), problems: [] };
    const pairs = [...url.searchParams, ...(url.hash.includes("=") ? new URLSearchParams(url.hash.slice(1)) : [])];
    if (!pairs.length) return null;
    let state = { ...this.defaults };
    const problems = [];
    for (const [key, text] of pairs.sort(([a], [b]) => (b === "preset") - (a === "preset"))) {
      if (key === "preset") {
        const preset = this.find(text);
        if (preset) state = this.of(preset);
        else problems.push(`There is no preset ${text}: there are ${this.presets.map((one) => one.id).join(", ")}.`);
      } else if (!(key in this.keys)) {
        problems.push(`The address has the unknown setting ${key}; it is left out.`);
      } else {
        const { value, problem } = this.read(key, text);
        state[key] = value;
        if (problem) problems.push(problem);
      }
    }
    return { state, problems };
  }
}

/* Keep the address in step with the settings, and the settings with an address that is pasted or gone back to.
   One entry of the history for each setting that is moved; browsers allow some hundred changes in half a minute. */
export function follow(settings, onProblems) {
  let timer;
  let last = { what: "", time: -Infinity };
  const write = (push) => {
    clearTimeout(timer);
    timer = undefined;
    const address = settings.toAddress();
    if (address === location.hash) return;
    const url = location.pathname + address;
    try {
      if (push) history.pushState(null, "", url);
      else history.replaceState(null, "", url);
    } catch {} // too many at once: the next one comes through
  };
  settings.listen((value, { how, keys, time }) => {
    if (how === "address" || !keys.length) return;
    const what = how === "preset" ? how : keys.join();
    const fresh = how === "preset" || what !== last.what || time - last.time > 2000;
    last = { what, time };
    if (fresh) write(true);
    else timer ??= setTimeout(write, 400, false);
  });
  const read = () => {
    clearTimeout(timer);
    timer = undefined;
    last.what = "";
    const found = settings.fromAddress(new URL(location.href));
    if (!found) return false;
    onProblems(found.problems);
    settings.set(found.state, "address");
    return true;
  };
  addEventListener("popstate", read); // also after a change of what stands behind # by hand
  return read;
}
