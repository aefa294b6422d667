// The page starts here. Defining the element starts it: index.html already holds it.

import { HearthApp } from "./components/hearth-app/hearth-app.js";

customElements.define("hearth-app", HearthApp);
