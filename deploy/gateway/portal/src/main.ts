import { createApp } from "vue";
import App from "./App.vue";
import "./candidate.css";

createApp(App).mount("#app");
