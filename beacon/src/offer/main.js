// offer.js: the dialog and what accepting opens. Loaded by the core when the first offer comes.

import { dialog } from "./dialog.js";

window.vinkki("_", dialog);
