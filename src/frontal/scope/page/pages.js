// Every page, in the order of the tabs.

import { register } from "./view.js";
import { HeatView } from "./views/heat.js";
import { HomeView } from "./views/home.js";
import { MatchView } from "./views/match.js";
import { NeuronView } from "./views/neuron.js";
import { ReadView } from "./views/read.js";
import { GatesView } from "./views/gates.js";
import { GradientsView } from "./views/gradients.js";
import { CompareView } from "./views/compare.js";
import { ExperimentView } from "./views/experiment.js";
import { TrainingView } from "./views/training.js";
import { LearnView } from "./views/learn.js";
import { TrajectoriesView } from "./views/trajectories.js";

const ALL = [
  HomeView,
  ReadView,
  NeuronView,
  HeatView,
  MatchView,
  GatesView,
  GradientsView,
  TrajectoriesView,
  CompareView,
  ExperimentView,
  TrainingView,
  LearnView,
];

/** Make all pages known. */
export function registerAll() {
  ALL.forEach(register);
}
