// vinkki.js: the core with the offers stream and the behaviour signals.

import { start } from "./core.js";
import "./offers.js";
import { active } from "./signals/active.js";
import { exitIntent } from "./signals/exit_intent.js";
import { errors, fields } from "./signals/forms.js";
import { rageClick } from "./signals/rage_click.js";
import { visibility } from "./signals/visibility.js";

start(active, rageClick, exitIntent, errors, fields, visibility);
