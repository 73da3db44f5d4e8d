// Passkeys: the server sets a riddle, the device signs it, an ordinary form carries the answer. Without this script the
// pages say that the password works.

const known = Boolean(window.PublicKeyCredential) && Boolean(navigator.credentials);

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const letters = Array.from(new Uint8Array(buffer), (byte) => String.fromCharCode(byte)).join("");
  return btoa(letters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function asJson(credential) {
  const given = credential.response;
  const response = { clientDataJSON: text(given.clientDataJSON) };
  for (const key of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (given[key]) response[key] = text(given[key]);
  }
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function riddle(address, fields) {
  const answer = await fetch(address, { method: "POST", body: new URLSearchParams(fields) });
  const told = await answer.json();
  if (!answer.ok) throw Object.assign(new Error("refused"), { problem: told.problem });
  told.challenge = bytes(told.challenge);
  if (told.user) told.user.id = bytes(told.user.id);
  for (const list of [told.excludeCredentials, told.allowCredentials]) {
    for (const each of list ?? []) each.id = bytes(each.id);
  }
  return told;
}

function prepare(form, sign) {
  form.hidden = false;
  const problem = form.querySelector("[role=alert]");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector("button");
    if (button.getAttribute("aria-disabled") === "true") return;
    button.setAttribute("aria-disabled", "true");
    problem.hidden = true;
    try {
      form.elements.answer.value = asJson(await sign());
      form.submit();
    } catch (wrong) {
      problem.textContent = wrong.problem ?? form.dataset.failed;
      problem.hidden = false;
      button.removeAttribute("aria-disabled");
    }
  });
}

const add = document.getElementById("add-passkey");
if (add && known) {
  const password = document.getElementById("passkey-password");
  prepare(add, async () => navigator.credentials.create({ publicKey: await riddle(add.dataset.riddle, { password: password.value }) }));
} else if (add) {
  document.getElementById("no-passkeys").hidden = false;
}

const door = document.getElementById("passkey-door");
if (door && known) {
  prepare(door, async () => navigator.credentials.get({ publicKey: await riddle(door.dataset.riddle, {}) }));
}
