/* The form: one control for each setting, made from the table of settings. */
import { make, set } from "../dom.js";
import { number } from "./playground-base.js";
import { message } from "./playground-words.js";

const GROUPS = [
  ["Net", ["depth", "width", "activation"]],
  ["First weights", ["init", "sigma_w", "sigma_b"]],
  ["Structure", ["norm", "residual", "scale"]],
  ["What is sent through", ["data", "batch", "seeds", "seed", "dtype", "loss"]],
];
const OPEN = 3; // groups that are always in sight; the others fold
const TRAINING = ["optimiser", "rate"];
const LABELS = { sigma_w: "Weights σ_w", sigma_b: "Biases σ_b", init: "Rule", loss: "Loss", scale: "Branch scale" };
// prettier-ignore
const UNITS = {
  depth: "hidden layers", width: "units in each layer", batch: "examples", seeds: "nets",
  sigma_w: "standard deviation times the root of the inputs", sigma_b: "standard deviation",
};
// prettier-ignore
const WORDS = {
  lecun: "LeCun (σ_w = 1)", glorot: "Glorot (Xavier)", he: "He (σ_w = √2)", lecun_uniform: "LeCun, uniform",
  glorot_uniform: "Glorot, uniform", he_uniform: "He, uniform", old_uniform: "uniform ±1/√n", pytorch: "PyTorch's default",
  normal: "normal, by σ_w", orthogonal: "orthogonal, by σ_w", batch: "BatchNorm", layer: "LayerNorm", rms: "RMSNorm",
  none: "none", mnist: "MNIST (28 × 28)", digits8: "digits (8 × 8)", noise: "Gaussian noise", softmax: "softmax, cross-entropy",
  sigmoid: "sigmoids, cross-entropy", sgd: "SGD", momentum: "momentum", adam: "Adam",
};
export const FREE = ["normal", "orthogonal"];

const shown = (key, value) => (key === "activation" ? value.replace("_", " ") : (WORDS[value] ?? value));
/* The text with its indices as such: σ_w. */
const indexed = (text) => text.split(/(?<=σ)_(\w)/).map((part, i) => (i % 2 ? make("sub", {}, part) : part));

class Control {
  constructor(key, spec, settings) {
    Object.assign(this, { key, spec, settings, id: "pg-" + key });
    this.box = make("div", { class: "pg-control", "data-key": key });
    const label = make("label", { for: this.id, title: spec.help }, ...indexed(LABELS[key] ?? spec.label));
    if (spec.kind === "choice") this.#select();
    else if (spec.kind === "bool") this.#check();
    else this.#range();
    this.box.prepend(label);
  }

  send(value, how, event) {
    const changes = { [this.key]: value };
    if (this.key === "sigma_w" && !FREE.includes(this.settings.value.init)) changes.init = "normal";
    this.settings.set(changes, how, event.timeStamp);
  }

  #select() {
    const options = this.spec.choices.map((choice) => make("option", { value: choice }, shown(this.key, choice)));
    this.field = make("select", { id: this.id }, ...options);
    this.field.addEventListener("change", (event) => this.send(this.field.value, "change", event));
    this.box.append(this.field);
  }

  #check() {
    this.field = make("input", { id: this.id, type: "checkbox" });
    this.field.addEventListener("change", (event) => this.send(this.field.checked, "change", event));
    this.box.append(this.field);
    this.box.classList.add("pg-check");
  }

  #range() {
    const { low, high, step, scale, kind } = this.spec;
    this.log = scale === "log";
    const limits = this.log ? [Math.log10(low), Math.log10(high), 0.05] : [low, high, kind === "int" ? 1 : step];
    this.field = make("input", { id: this.id, type: "range", min: limits[0], max: limits[1], step: limits[2] });
    const typed = this.log ? "any" : limits[2];
    this.typed = make("input", {
      type: "number",
      min: low,
      max: high,
      step: typed,
      "aria-label": `${this.spec.label}, typed`,
    });
    const value = () => (this.log ? Number((10 ** this.field.value).toPrecision(2)) : Number(this.field.value));
    for (const how of ["input", "change"]) this.field.addEventListener(how, (event) => this.send(value(), how, event));
    this.typed.addEventListener("change", (event) => {
      const { value, problem } = this.settings.read(this.key, this.typed.value);
      if (problem) message(problem, "warning");
      this.send(value, "change", event);
      this.show(this.settings.value);
    });
    if (this.key === "seed") this.field = this.typed; // a million seeds are not a matter of sliding
    this.box.append(...new Set([this.field, this.typed]));
    if (this.key === "seed") set(this.typed, { id: this.id, "aria-label": null });
    if (this.key === "scale") this.#byDepth();
  }

  /* The scale of the branch may be 1/sqrt(depth). */
  #byDepth() {
    this.byDepth = make("input", { type: "checkbox", id: "pg-scale-depth" });
    this.byDepth.addEventListener("change", (event) => this.send(this.byDepth.checked ? "depth" : 1, "change", event));
    this.box.append(make("label", { for: "pg-scale-depth", class: "pg-also" }, this.byDepth, " 1/√depth"));
  }

  show(state, point) {
    const { key, spec, field } = this;
    let value = state[key];
    if (spec.kind === "choice") field.value = value;
    else if (spec.kind === "bool") field.checked = value;
    else {
      if (key === "scale") {
        this.byDepth.checked = value === "depth";
        for (const part of [field, this.typed]) part.disabled = !state.residual || value === "depth";
        this.byDepth.disabled = !state.residual;
        if (value === "depth") value = 1 / Math.sqrt(state.depth);
      }
      if (key === "sigma_w") {
        field.max = state.activation === "sigmoid" || value > 4 ? 15 : 4;
        if (!FREE.includes(state.init) && point) value = point.sigma_w;
      }
      const text = number(value, 4);
      if (field.type === "range") field.value = this.log ? Math.log10(value) : value;
      set(field, { "aria-valuetext": field.type === "range" && `${text} ${UNITS[key] ?? ""}`.trim() });
      if (document.activeElement !== this.typed || Number(this.typed.value) !== value)
        this.typed.value = String(Number(value.toPrecision(4)));
    }
  }
}

export class Controls {
  constructor(settings) {
    this.settings = settings;
    this.all = [];
    const group = (keys) => keys.map((key) => this.#add(key));
    const fields = ([name, keys]) => make("fieldset", { class: "pg-group" }, make("legend", {}, name), ...group(keys));
    this.more = make(
      "details",
      { class: "pg-more" },
      make("summary", {}, "More settings"),
      ...GROUPS.slice(OPEN).map(fields),
    );
    this.form = make(
      "form",
      { class: "pg-form", "aria-label": "Settings of the net" },
      ...GROUPS.slice(0, OPEN).map(fields),
      this.more,
    );
    this.training = make("div", { class: "pg-group pg-rates" }, ...group(TRAINING));
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.enable(false);
  }

  #add(key) {
    const control = new Control(key, this.settings.keys[key], this.settings);
    this.all.push(control);
    return control.box;
  }

  /* Nothing can be moved before there is something to compute it. */
  enable(yes) {
    this.ready = yes;
    for (const part of this.form.querySelectorAll("fieldset")) part.disabled = !yes;
    for (const part of this.training.querySelectorAll("input, select")) part.disabled = !yes;
  }

  show(state, point) {
    for (const control of this.all) control.show(state, point);
  }

  /* Which control an error of the library speaks of: "depth: got 0; allowed: ...". */
  mark(problem) {
    for (const { key, field } of this.all) set(field, { "aria-invalid": problem?.startsWith(key + ": ") && "true" });
  }
}
