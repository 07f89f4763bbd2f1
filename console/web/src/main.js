import "./style/base.css";
import "./style/live.css";
import { render } from "preact";
import { html } from "./html.js";
import { start } from "./model.js";
import { App } from "./views/app.js";

start();
render(html`<${App} />`, document.getElementById("app"));
