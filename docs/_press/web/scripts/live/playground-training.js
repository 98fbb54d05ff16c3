/* Train: steps in small portions, so that they can be paused and other requests come between; a run can be pinned. */
import { make } from "../dom.js";
import { button, number } from "./playground-base.js";
import { Panel, upTo } from "./playground-panels.js";
import { describe } from "./playground-share.js";
import { say } from "./playground-words.js";

const ROUND = 500; // steps until it pauses by itself
const PORTION = 0.12; // seconds

export class Training {
  constructor(settings, engine) {
    Object.assign(this, { settings, engine, run: null, pinned: null, playing: false, portion: 4 });
    this.play = button("Train", () => this.toggle(), { class: "pg-button pg-main", "data-do": "train" });
    this.again = button("Start anew", () => this.begin(), { "data-do": "anew", hidden: true });
    this.pin = button("Pin this run", () => this.togglePin(), {
      "data-do": "pin-run",
      hidden: true,
      "aria-pressed": "false",
    });
    this.status = make(
      "p",
      { class: "pg-status", "data-of": "training" },
      "Some hundred steps of training, shown as they happen.",
    );
    this.panels = {
      loss: new Panel({ id: "loss", title: "Loss", axis: [0, 2.5], unit: "step", medians: true }),
      accuracy: new Panel({
        id: "accuracy",
        title: "Accuracy on test examples",
        axis: [0, 1],
        percent: true,
        unit: "step",
      }),
      speed: new Panel({ id: "speed", title: "Learning speed by layer", axis: "log" }),
    };
    this.charts = make(
      "div",
      { class: "pg-panels", hidden: true },
      ...Object.values(this.panels).map((panel) => panel.box),
    );
    this.bar = make("div", { class: "pg-actions" }, this.play, this.again, this.pin);
    this.enable(false);
  }

  enable(yes) {
    this.ready = yes;
    this.play.disabled = !yes;
  }

  toggle() {
    if (this.playing) this.pause("Paused");
    else if (!this.run || this.run.done || this.run.stale) this.begin();
    else this.go();
  }

  /* The settings have changed: what has been trained are other nets. */
  changed() {
    if (!this.run || this.run.stale) return;
    this.run.stale = true;
    this.pause("The settings have changed: Train begins anew. Below is the run before");
  }

  begin() {
    this.run = { state: { ...this.settings.value }, points: [], done: false, until: ROUND, stale: false };
    this.portion = 4;
    this.charts.hidden = false;
    this.go();
  }

  go() {
    this.playing = true;
    if (this.run.points.length) this.run.until = Math.ceil((this.run.step + 1) / ROUND) * ROUND;
    this.#buttons();
    this.engine.background(() => this.#next(this.run));
  }

  pause(why) {
    this.playing = false;
    this.engine.background(null);
    this.#buttons();
    this.#tell(why);
  }

  #buttons() {
    const fresh = !this.run || this.run.stale || this.run.done;
    this.play.textContent = this.playing ? "Pause" : fresh ? "Train" : "Go on";
    this.again.hidden = fresh || this.playing;
    this.pin.hidden = !this.run?.points.length;
  }

  #tell(what) {
    const { step, points, state } = this.run;
    const seen = points.findLast((point) => point.accuracy);
    const loss = points.at(-1)?.loss.median;
    const now = points.length
      ? `: step ${step}, loss ${number(loss, 3)}, accuracy ${Math.round(100 * (seen?.accuracy.median ?? 0))} %`
      : "";
    const nets = this.run.seeds
      ? ` (${this.run.seeds} ${this.run.seeds > 1 ? "nets" : "net"}, rate ${state.rate})`
      : "";
    const text = `${what}${now}${nets}.`;
    this.status.textContent = text;
    if (!this.playing) say(text);
  }

  async #next(run) {
    let got;
    try {
      got = run.points.length
        ? await this.engine.call("train_steps", Math.min(this.portion, run.until - run.step))
        : await this.engine.call("train_start", run.state);
    } catch (failure) {
      this.pause(`Training has failed: ${failure.message}`);
      return;
    }
    if (run !== this.run) return; // begun anew meanwhile
    run.points.push(...got.points);
    Object.assign(run, {
      step: got.step,
      done: got.done,
      seeds: got.seeds ?? run.seeds,
      chance: got.chance ?? run.chance,
    });
    if (got.seconds && run.points.length > 1) {
      this.portion = Math.max(1, Math.min(100, Math.round((this.portion * PORTION) / got.seconds)));
    }
    if (got.done) this.pause(got.why ?? "The end of this run");
    else if (got.step >= run.until) this.pause("Paused");
    else if (this.playing) this.#tell("Training");
    this.draw();
  }

  // --- pinned ------------------------------------------------------------------------------------------------------------
  togglePin() {
    this.pinned = this.pinned
      ? null
      : { ...this.run, points: [...this.run.points], name: describe(this.run.state, this.settings) };
    this.pin.textContent = this.pinned ? "Unpin the run" : "Pin this run";
    this.pin.setAttribute("aria-pressed", String(Boolean(this.pinned)));
    say(this.pinned ? `Pinned: ${this.pinned.name}. Change something and train again.` : "Unpinned.");
    this.draw();
  }

  // --- what is drawn -----------------------------------------------------------------------------------------------------
  draw() {
    const { points } = this.run ?? { points: [] };
    if (!points.length) return;
    this.#overTime(
      "loss",
      "forward",
      "training loss",
      { value: Math.log(10), name: "guessing: ln 10" },
      this.run.state.loss === "softmax",
    );
    this.#overTime("accuracy", "remedy", "accuracy", { value: this.run.chance, name: "guessing" }, true);
    this.#speeds(points[0], points.at(-1));
  }

  #overTime(key, hue, name, line, level) {
    const panel = this.panels[key];
    const columns = (run) => {
      const seen = run.points.filter((point) => point[key]);
      return {
        x: seen.map(({ step }) => step),
        y: seen.map((p) => p[key].median),
        low: seen.map((p) => p[key].low),
        high: seen.map((p) => p[key].high),
      };
    };
    const now = columns(this.run);
    const series = this.pinned ? [{ ...columns(this.pinned), low: null, high: null, hue, fine: true }] : [];
    series.push({ ...now, hue });
    const last = Math.max(20, this.run.step, this.pinned?.step ?? 0);
    const steps = `Step ${now.x[0]}: ${number(now.y[0], 3)}; step ${now.x.at(-1)}: ${number(now.y.at(-1), 3)}.`;
    panel.keyed([
      { kind: "circle", hue, name },
      ...(this.pinned ? [{ kind: "fine", hue, name: `pinned: ${this.pinned.name}` }] : []),
    ]);
    series.at(-1).mark = "circle";
    const options = {
      x: { first: 0, last, label: "step" },
      text: `Line chart by step: ${name}. ${steps}`,
      line: level ? line : null,
    };
    panel.draw(
      series,
      options,
      steps,
      { name: "step", values: now.x },
      { [name]: now.y, "5 %": now.low, "95 %": now.high },
    );
  }

  #speeds(first, now) {
    const x = upTo(now.speed.length);
    const series = [{ x, y: first.speed, hue: "ink", fine: true }];
    const key = [
      { kind: "circle", hue: "backward", name: `step ${now.step}` },
      { kind: "fine", name: "step 0" },
    ];
    const old = this.pinned?.points.at(-1);
    if (old) {
      series.push({ x: upTo(old.speed.length), y: old.speed, hue: "backward", fine: true });
      key.push({ kind: "fine", hue: "backward", name: `pinned, step ${old.step}` });
    }
    series.push({ x, y: now.speed, hue: "backward", mark: "circle" });
    const sentence = `Norm of dL/db at step ${now.step}: ${number(now.speed[0])} in layer 1, ${number(now.speed.at(-2))} in layer ${x.length - 1}.`;
    this.panels.speed.keyed(key);
    const last = Math.max(x.length, old?.speed.length ?? 0);
    const options = {
      x: { first: 1, last, end: last === x.length ? "out" : null, label: "layer" },
      steady: this.playing,
      text: `Line chart by layer. ${sentence}`,
    };
    this.panels.speed.draw(
      series,
      options,
      sentence,
      { name: "layer", values: x },
      { [`step ${now.step}`]: now.speed, "step 0": first.speed, "update over weight": now.update },
    );
  }
}
