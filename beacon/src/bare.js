// The core alone, without the offers stream and the signals: built only to hold its size against
// its budget.

import { start } from "./core.js";

start();
