// offer.js: the dialog and what accepting opens. Loaded by the core when the first offer comes.

import { dialog } from "./dialog.js";
import style from "./style.css";

export default (report, emit) => dialog(report, emit, style);
