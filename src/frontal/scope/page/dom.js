// Elements are made here and nowhere else; strings become text nodes and are never read as markup.

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "selected", "indeterminate", "disabled"]);

/**
 * An HTML element.
 * @param {string} tag
 * @param {Object} props class, text, on: {click: fn}, data: {…}, aria: {…}, style: {property: value}; others are attributes
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 * @returns {HTMLElement}
 */
export function el(tag, props = {}, ...children) {
  return filled(document.createElement(tag), props, children);
}

/**
 * An SVG element; takes what `el` takes.
 * @param {string} tag
 * @param {Object} attributes
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 * @returns {SVGElement}
 */
export function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

/**
 * Put other children into an element.
 * @param {Element} node
 * @param {...(Node|string|number|null|undefined|false|Array)} children
 */
export function fill(node, ...children) {
  node.replaceChildren(...present(children));
  return node;
}

function filled(node, props, children) {
  const late = [];
  for (const [name, value] of Object.entries(props)) {
    if (PROPERTIES.has(name)) late.push([name, value]);
    else put(node, name, value);
  }
  node.append(...present(children));
  for (const [name, value] of late) node[name] = value; // a select knows its value once it has options
  return node;
}

function present(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false).map(asNode);
}

function asNode(child) {
  return child instanceof Node ? child : document.createTextNode(String(child));
}

function put(node, name, value) {
  if (value === null || value === undefined || value === false) return;
  if (name === "text") node.textContent = value;
  else if (name === "on") for (const [kind, listener] of Object.entries(value)) node.addEventListener(kind, listener);
  else if (name === "data") Object.assign(node.dataset, value);
  else if (name === "aria") for (const [key, said] of Object.entries(value)) node.setAttribute(`aria-${key}`, String(said));
  else if (name === "style") for (const [key, set] of Object.entries(value)) node.style.setProperty(key, set);
  else if (name.startsWith("on") || name === "srcdoc") throw new Error(`${name} is no attribute to set; use on: {…}`);
  else node.setAttribute(name, value === true ? "" : String(value));
}

/**
 * How wide an element is inside, told by its observer: whoever asks does not make the browser lay out what it has just changed.
 * @param {Element} node
 * @returns {() => number} px
 */
export function widthOf(node) {
  let width = 0;
  new ResizeObserver(() => (width = node.clientWidth)).observe(node);
  return () => (width ||= node.clientWidth);
}
