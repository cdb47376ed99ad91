// The page that the server gives.

import { openMicroscope } from "./shell.js";
import { mirror } from "./store.js";

mirror();
openMicroscope(document.body, { keys: document });
