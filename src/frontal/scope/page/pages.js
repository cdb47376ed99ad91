// Every page, in the order of the tabs.

import { register } from "./view.js";
import { HomeView } from "./views/home.js";
import { ReadView } from "./views/read.js";

const ALL = [
  HomeView,
  ReadView,
];

/** Make all pages known. */
export function registerAll() {
  ALL.forEach(register);
}
