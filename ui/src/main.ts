import "./styles.css";

import { mount } from "svelte";

import App from "./App.svelte";
import { State } from "./state.svelte";

async function backend() {
  if (import.meta.env.MODE === "fake") return (await import("./ipc/fake")).fake(location.search);
  return (await import("./ipc/tauri")).tauri;
}

const state = new State(await backend());
const target = document.getElementById("page");
if (target) mount(App, { target, props: { app: state } });
