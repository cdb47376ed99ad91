// Top: the look's name, the pages, search, compare, a link to this view, export, theme, help.

import { el, fill } from "./dom.js";
import { lookOf, looks, onLooks } from "./looks.js";
import { searchField } from "./search.js";
import { state, update, watch } from "./store.js";
import { views } from "./view.js";

const THEMES = { auto: ["light", "◐ auto"], light: ["dark", "○ light"], dark: ["auto", "● dark"] };

/**
 * The bar.
 * @param {{export: (kind: string) => void, help: () => void, sides: (which: string) => void}} acts
 * @returns {{node: HTMLElement, search: () => void, compare: () => void, export: () => void, theme: () => void}}
 */
export function topBar(acts) {
  const name = el("span", { class: "look-name" });
  const tabs = el("nav", { class: "tabs", aria: { label: "Pages" } });
  const search = searchField();
  const compare = el("select", { class: "compare", aria: { label: "Compare with" }, on: { change: () => update({ compare: compare.value }) } });
  const menu = exportMenu(acts);
  const theme = el("button", { class: "quiet", type: "button", on: { click: turnTheme } });
  const side = (which, text) => el("button", { class: `quiet side-${which}`, type: "button", text, aria: { label: `Show or hide: ${which}`, controls: which }, on: { click: () => acts.sides(which) } });
  const node = el("header", { class: "top" },
    el("div", { class: "top-row" }, side("rail", "☰"), el("strong", { class: "brand", text: "frontal scope" }), name, el("span", { class: "gap" }), search,
      compare, linkButton(), menu, theme, el("button", { class: "quiet round", type: "button", text: "?", title: "Help (?)", aria: { label: "Help" }, on: { click: acts.help } }), side("inspector", "i")),
    tabs);
  const draw = () => {
    name.textContent = lookOf()?.title ?? "";
    name.title = name.textContent;
    fill(tabs, views().map(tab));
    fillCompare(compare);
    theme.textContent = THEMES[state().theme]?.[1] ?? THEMES.auto[1];
    theme.title = "Light, dark or as the system (t)";
  };
  watch(["page", "look", "compare", "theme"], draw);
  onLooks(draw);
  draw();
  return { node, search: () => search.querySelector("input").select(), compare: () => turnCompare(compare), export: () => menu.querySelector("button").click(), theme: turnTheme };
}

function tab(View) {
  const here = View.page === state().page;
  return el("a", { class: "tab", href: `#${View.page}`, text: View.tab ?? View.title, title: `g ${View.key}`, aria: here ? { current: "page" } : {},
    on: { click: (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && (event.preventDefault(), update({ page: View.page })) } });
}

function fillCompare(compare) {
  const others = looks().filter((look) => look.id !== state().look);
  compare.hidden = !others.length;
  fill(compare, el("option", { value: "", text: "compare with …" }), others.map(({ id, title }) => el("option", { value: id, text: `with ${title}` })));
  compare.value = state().compare;
}

function turnCompare(compare) {
  const ids = [...compare.options].map((option) => option.value);
  update({ compare: ids[(ids.indexOf(state().compare) + 1) % ids.length] });
}

function turnTheme() {
  update({ theme: (THEMES[state().theme] ?? THEMES.auto)[0] });
}

function linkButton() {
  const button = el("button", { class: "quiet permalink", type: "button", text: "link", title: "Copy a link to this view" });
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(location.href).then(() => "copied", () => "in the address bar").then((said) => (button.textContent = said));
    setTimeout(() => (button.textContent = "link"), 1500);
  });
  return button;
}

function exportMenu(acts) {
  const list = el("div", { class: "menu", role: "menu", hidden: true }, [["html", "HTML, one file"], ["svg", "SVG"], ["png", "PNG"], ["csv", "CSV, the numbers"]].map(([kind, text]) =>
    el("button", { type: "button", role: "menuitem", text, on: { click: () => (close(), acts.export(kind)) } })));
  const button = el("button", { class: "quiet", type: "button", text: "export", title: "Export this view (e)", aria: { haspopup: "menu", expanded: "false" } });
  const node = el("div", { class: "menu-box" }, button, list);
  function close() {
    list.hidden = true;
    button.setAttribute("aria-expanded", "false");
  }
  button.addEventListener("click", () => {
    list.hidden = !list.hidden;
    button.setAttribute("aria-expanded", String(!list.hidden));
    if (!list.hidden) list.firstChild.focus();
  });
  node.addEventListener("keydown", (event) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const items = [...list.children];
    if (event.key === "Escape") (close(), button.focus());
    else if (by && !list.hidden) items[(items.indexOf(node.getRootNode().activeElement) + by + items.length) % items.length].focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  node.addEventListener("focusout", (event) => !node.contains(event.relatedTarget) && close());
  return node;
}
