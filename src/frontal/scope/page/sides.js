// The rail and the inspector: shown or hidden; in a narrow window drawers over the page.

const SIDES = ["rail", "inspector"];

/**
 * Let the sides of a microscope be turned; a drawer that opens takes the focus, and Escape closes it.
 * @param {HTMLElement} root
 * @returns {{turn: (which: string) => void, close: () => string[]}} close shuts the drawers and tells which were open
 */
export function sides(root) {
  const drawer = (which) => getComputedStyle(root.querySelector(`.${which}`)).position === "fixed";
  const close = () => {
    const open = SIDES.filter((which) => root.classList.contains(`other-${which}`) && drawer(which));
    open.forEach((which) => root.classList.remove(`other-${which}`));
    return open;
  };
  const turn = (which) => {
    if (root.classList.toggle(`other-${which}`) && drawer(which)) root.querySelector(`.${which}`).focus();
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) close().forEach((which) => root.querySelector(`.side-${which}`).focus());
  });
  return { turn, close };
}
