/* Where the live parts lie: the page's own script of theirs says it, in its attributes (see _press/live/parts.py). */
const script = document.currentScript; // the one that this module has been made a part of

export const { live, scripts, version, size } = script.dataset;

/* The address of a script, with the hash of them all: after an update of the site no old one meets a new one. */
export const file = (name) => new URL(`${name}?v=${scripts}`, new URL(live, document.baseURI));
