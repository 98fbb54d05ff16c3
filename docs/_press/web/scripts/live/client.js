/* The page's end of the worker: one request is answered by one promise; what streams meanwhile goes to a function. */

class Failure extends Error {
  constructor(kind, error) {
    super(error.message);
    Object.assign(this, { kind, error });
  }
}

export class Runtime {
  /* `script()` gives the address of the worker. */
  constructor(script, onProgress) {
    Object.assign(this, { script, onProgress, worker: null, open: new Map(), last: 0 });
  }

  start() {
    if (location.protocol === "file:") {
      const message =
        "a browser runs no Python from a folder; it needs a web server, such as python3 -m http.server in the site's folder";
      throw new Failure("load", { name: "", message });
    }
    this.worker = new Worker(this.script());
    this.worker.addEventListener("message", ({ data }) => this.#hear(data));
    this.worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.#end(new Failure("load", { name: "", message: event.message || "the file worker.js could not be loaded" }));
    });
  }

  #hear(data) {
    if (data.type === "progress" || data.type === "state") return this.onProgress(data);
    const request = this.open.get(data.id);
    if (!request) return;
    if (data.type === "stream") return request.onStream(data.name, data.text);
    this.open.delete(data.id);
    if (data.type === "done") request.done(data);
    else {
      if (data.kind === "load") this.#drop(); // the next request starts anew
      request.failed(new Failure(data.kind, data.error));
    }
  }

  #drop() {
    this.worker?.terminate();
    this.worker = null;
  }

  #end(failure) {
    this.#drop();
    const waiting = [...this.open.values()];
    this.open.clear();
    for (const request of waiting) request.failed(failure);
  }

  get alive() {
    return this.worker !== null;
  }

  ask(message, onStream = () => {}) {
    return new Promise((done, failed) => {
      if (!this.worker) this.start();
      const id = ++this.last;
      this.open.set(id, { done, failed, onStream });
      this.worker.postMessage({ ...message, id });
    });
  }

  /* End the worker and with it whatever runs; all variables are lost. */
  stop() {
    this.#end(new Failure("stopped", { name: "", message: "stopped" }));
  }
}
