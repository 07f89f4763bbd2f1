// offer.js: the dialog and what accepting opens. Loaded by the core when the first offer comes.

import { show, watch } from "./dialog.js";
import style from "./style.css";

watch(style);
export { show };
