// Who is logged in. The access token lives in an HttpOnly cookie that this page cannot read.
import {h} from "/docs/dom.js";

const listeners = [];
export function onSession(listener) {
  listeners.push(listener);
}

function announce(user) {
  // Remembers only that there may be a session, so that a page without one asks nothing of the server.
  if (user) localStorage.setItem("session", "yes");
  else localStorage.removeItem("session");
  for (const listener of listeners) listener(user);
}

export async function loadSession() {
  if (!localStorage.getItem("session")) return announce(null);
  const response = await fetch("/api/v1/auth/me");
  announce(response.ok ? await response.json() : null);
}

async function logIn(email, password) {
  const response = await fetch("/api/v1/auth/login", {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({email, password, session: true}),
  });
  if (!response.ok) return (await response.json().catch(() => ({}))).detail ?? `The server answered ${response.status}.`;
  localStorage.setItem("session", "yes");
  await loadSession();
  return null;
}

async function logOut() {
  const response = await fetch("/api/v1/auth/logout", {method: "POST"});
  if (response.ok || response.status === 401) announce(null);
  else alert((await response.json().catch(() => ({}))).detail ?? `Logging out failed (${response.status}).`);
}

function askForLogin() {
  const dialog = document.getElementById("page-login");
  const email = h("input", {type: "email", name: "email", autocomplete: "username", required: true});
  const password = h("input", {type: "password", name: "password", autocomplete: "current-password", required: true});
  const problem = h("p", {class: "failure", role: "alert"});
  const send = h("button", {type: "submit", class: "primary"}, "Log in");
  const form = h("form", {onsubmit: async (event) => {
    event.preventDefault();
    send.disabled = true;
    problem.textContent = await logIn(email.value, password.value).catch((failure) => failure.message) ?? "";
    send.disabled = false;
    if (!problem.textContent) dialog.close();
  }},
  h("h2", {}, "Log in"),
  h("label", {}, "E-mail", email), h("label", {}, "Password", password), problem,
  h("div", {class: "buttons"}, h("button", {type: "button", onclick: () => dialog.close()}, "Cancel"), send));
  dialog.replaceChildren(form);
  dialog.showModal();
}

export function showSession(user) {
  document.getElementById("page-session").replaceChildren(...(user
    ? [h("span", {class: "who"}, user.email), h("span", {class: "role"}, user.role), h("button", {type: "button", onclick: logOut}, "Log out")]
    : [h("button", {type: "button", class: "primary", onclick: askForLogin}, "Log in")]));
}
