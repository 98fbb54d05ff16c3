/* The work for Python: one request in flight, the newest settings win, and how long it took is kept for tests. */
import { file } from "./address.js";
import { Runtime } from "./client.js";
import { root } from "./playground-base.js";

const REST = 200; // ms without a change before the full size is computed
const KEPT = 2000; // latencies

export class Engine {
  /* `on`: {state(name, detail), answer(answer), failed(failure)} */
  constructor(on) {
    Object.assign(this, {
      on,
      ready: false,
      busy: false,
      small: null,
      full: null,
      other: [],
      train: null,
      latencies: [],
    });
    this.runtime = new Runtime(
      () => file("worker.js"),
      (said) => this.#hear(said),
    );
  }

  #hear(said) {
    if (said.type === "progress" && !this.ready) this.on.state("loading", said);
  }

  async start() {
    this.on.state("loading", null);
    try {
      await this.runtime.ask({ type: "start" });
    } catch (failure) {
      this.on.state("failed", failure.message);
      return;
    }
    Object.assign(this, { ready: true, readyAt: performance.now() });
    this.on.state("ready", null);
    this.#pump();
  }

  call(name, ...args) {
    return this.runtime.ask({ type: "call", module: "playground", function: name, args }).then(({ value }) => value);
  }

  /* Compute these settings: at once in small, and in full when nothing has moved for a moment. */
  want(state, time, moving) {
    this.small = { state, size: "small", time };
    this.full = null;
    clearTimeout(this.timer);
    if (!moving) this.settle(state);
    this.#pump();
  }

  settle(state) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.full = { state, size: "full", time: performance.now() };
      this.#pump();
    }, REST);
  }

  /* Something else, in its turn: a promise of the value. */
  ask(name, ...args) {
    return new Promise((done, failed) => {
      this.other.push({ name, args, done, failed });
      this.#pump();
    });
  }

  /* `job` is called whenever nothing more urgent waits, until it is null; it returns a promise. */
  background(job) {
    this.train = job;
    this.#pump();
  }

  async #pump() {
    if (this.busy || !this.ready) return;
    const work = this.small ?? this.full;
    const other = !this.small && this.other.shift();
    this.busy = true;
    try {
      if (other) await this.call(other.name, ...other.args).then(other.done, other.failed);
      else if (work) await this.#evaluate(work);
      else if (this.train) await this.train();
      else return;
    } finally {
      this.busy = false;
    }
    this.#pump();
  }

  async #evaluate(work) {
    if (work.size === "small") this.small = null;
    else this.full = null;
    let answer;
    try {
      answer = await this.call("evaluate", work.state, work.size);
    } catch (failure) {
      if (failure.kind === "load") {
        this.ready = false;
        this.on.state("failed", failure.message);
      } else this.on.failed(failure);
      return;
    }
    if (work.size === "full" && this.small) return; // something has moved meanwhile
    setTimeout(() => this.#show(answer, work)); // the next request is on its way before this is drawn
  }

  #show(answer, { size, time }) {
    this.on.answer(answer);
    const painted = new MessageChannel();
    requestAnimationFrame(() => painted.port2.postMessage(null)); // it is heard after the frame is drawn
    painted.port1.onmessage = () => {
      painted.port1.close();
      performance.measure(`vgp-playground-${size}`, { start: time, end: performance.now() });
      if (size === "small" && time > this.readyAt)
        this.latencies = [...this.latencies, Math.round(performance.now() - time)].slice(-KEPT);
      root.dataset.latencies = this.latencies.join(" ");
      this.on.painted?.();
    };
  }
}
