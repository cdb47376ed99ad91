// The one state that all views share, mirrored in the address: an address is a link to what is seen.

const WORDS = new Set(["page", "look", "signal", "theme", "compare", "search", "order"]); // never read as numbers
const START = { page: "home", look: "", signal: "", unit: null, step: 0, from: 0, to: 0, compare: "", theme: "auto", search: "", order: "interest" };
const STAYING = new Set(["look", "signal", "unit", "from", "to"]); // an address that does not say them leaves them as they are
const QUIET = 150; // ms between two changes of the address

const held = { ...START };
const watchers = new Set();
const chosen = new Set(); // keys that somebody has set, by hand or in the address
let mirrored = false;
let waiting = 0;
let fitting = () => ({});

/**
 * What is seen now.
 * @returns {{page: string, look: string, signal: string, unit: number|null, step: number, from: number, to: number, compare: string, theme: string}}
 */
export function state() {
  return { ...held };
}

/**
 * Change some of it, and tell who watches.
 * @param {Object} changes
 */
export function update(changes) {
  for (const key of Object.keys(changes)) chosen.add(key);
  const asked = { ...held, ...changes };
  changes = { ...changes, ...fitting(asked, asked.look !== held.look && !("from" in changes)) };
  const changed = Object.keys(changes).filter((key) => !Object.is(held[key], changes[key]));
  if (!changed.length) return;
  Object.assign(held, changes);
  if (mirrored) write(changed.includes("page"));
  for (const watcher of [...watchers]) {
    if (watchers.has(watcher) && watcher.keys.some((key) => changed.includes(key))) watcher.fn({ ...held }, changed);
  }
}

/**
 * Whether somebody has set a key, be it to what it was; what was only made to fit does not count.
 * @param {string} key
 */
export function isChosen(key) {
  return chosen.has(key);
}

/**
 * Call a function after each change of some keys.
 * @param {string[]} keys
 * @param {(state: Object, changed: string[]) => void} fn
 * @returns {() => void} to stop
 */
export function watch(keys, fn) {
  const watcher = { keys, fn };
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

/**
 * Let a function correct every change before anybody is told of it.
 * @param {(wanted: Object, elsewhere: boolean) => Object} fn elsewhere: another look is wanted, and no part of it
 */
export function fit(fn) {
  fitting = fn;
  update({});
}

/** Read the address, and keep it in step from now on. */
export function mirror() {
  update(parsed(location.hash));
  mirrored = true;
  window.addEventListener("hashchange", ({ newURL }) => {
    clearTimeout(waiting); // it would write what was seen before
    if (location.href !== newURL) history.replaceState(null, "", newURL); // it did, before this was heard
    mirrored = false; // the address says it already
    try {
      update({ ...absent(), ...parsed(new URL(newURL).hash) });
    } finally {
      mirrored = true;
    }
  });
}

/**
 * The address of what is seen, from "#" on.
 * @returns {string}
 */
export function hash() {
  const said = new URLSearchParams();
  for (const [key, value] of Object.entries(held)) {
    if (key !== "page" && value !== START[key] && value !== undefined) said.set(key, String(value));
  }
  const rest = said.toString();
  return `#${held.page}${rest ? `?${rest}` : ""}`;
}

/**
 * The state that an address stands for.
 * @param {string} text from "#" on
 * @returns {Object}
 */
export function parsed(text) {
  const [page, rest = ""] = text.replace(/^#/, "").split("?");
  const found = page ? { page } : {};
  for (const [key, value] of new URLSearchParams(rest)) {
    found[key] = !WORDS.has(key) && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
  }
  return found;
}

function absent() {
  return Object.fromEntries(Object.keys(held).filter((key) => !STAYING.has(key)).map((key) => [key, START[key]]));
}

function write(anew) {
  clearTimeout(waiting);
  if (anew) history.pushState(null, "", hash());
  else waiting = setTimeout(() => history.replaceState(null, "", hash()), QUIET);
}
