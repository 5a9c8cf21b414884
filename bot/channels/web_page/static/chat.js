// The chat page without waiting for reloads. Everything here also works as plain forms when this script does not run.
const log = document.getElementById("log"), form = document.getElementById("say"), text = document.getElementById("text");
const file = document.getElementById("file"), count = document.getElementById("count"), chosen = document.getElementById("chosen");
const away = document.getElementById("away"), size = document.getElementById("size"), root = document.documentElement;
let last = Number(log.dataset.last), heard = Number(log.dataset.heard), sending = Promise.resolve(), failed = [];

const bottom = () => { log.scrollTop = log.scrollHeight; };
const freshKey = () => crypto.randomUUID ? crypto.randomUUID() : String(Date.now()) + Math.random().toString(16).slice(2);

function mine(words, key, named) {
  const item = document.createElement("li"), body = document.createElement("div");
  item.className = "me plain waiting"; if (key) item.dataset.key = key; body.className = "text"; body.textContent = words;
  if (words) item.append(body);
  if (named) { const sent = document.createElement("p"); sent.className = "sent"; sent.textContent = named; item.append(sent); }
  log.append(item); bottom();
  return item;
}

// Choices that collect until they are handed in: the reply to a tick is one line with the same buttons, shown on those buttons.
const choices = line => [...line.querySelectorAll(".buttons [name=data]")].map(one => one.value);
const collects = line => choices(line).some(data => data.endsWith(":ok"));
function ticked(question, line) {
  const same = collects(question) && String(choices(question)) === String(choices(line)) && !line.querySelector(".text").textContent.includes("\n");
  if (same) question.querySelector(".buttons").replaceWith(line.querySelector(".buttons"));
  return same;
}

// Whether a line stands here. A long message comes as several, "key~1" and on, the last under its own key; the page that sends it shows one.
function there(line) {
  const { id, key } = line.dataset;
  return log.querySelector(key ? `.me[data-key="${key}"], .me:not([data-id])[data-key="${key.split("~")[0]}"]` : `li:not(.me)[data-id="${id}"]`);
}

// What came, in this tab or in another: her own words too, unless this page has said them itself.
function show(news, from) {
  const came = document.createElement("template");
  came.innerHTML = news.html;
  const fresh = [...came.content.children].filter(line => !there(line));
  // The greeting of a first visit is kept only once she has said something: it comes then, and takes the place of the one shown.
  const shown = log.querySelector('[data-id="0"]'), said = line => line.querySelector(".text")?.textContent;
  if (shown && fresh.length && said(shown) === said(fresh[0])) shown.replaceWith(fresh.shift());
  if (from && fresh.length === 1 && ticked(from, fresh[0])) fresh.pop();
  log.append(...fresh);
  if (fresh.length) {
    // An answer is read from its beginning: what was asked stays above it, of a long text only its end.
    const answer = fresh.find(line => !line.classList.contains("me")) || fresh[0], asked = answer.previousElementSibling || answer;
    log.scrollTop = Math.max(asked.offsetTop - 8, answer.offsetTop - log.clientHeight / 3) - log.offsetTop;
  }
  last = Math.max(last, news.last); heard = Math.max(heard, news.heard);
}

// Said as soon as the browser knows, or one look or one message has failed, until the server answers again.
function connected(on) { away.hidden = on; away.textContent = on ? "" : away.dataset.said; }

// What the server has not answered yet outlives a reload, each under its own key; of a file only the name can be kept.
const store = (box, name, value) => { try { if (value) box.setItem(name, value); else box.removeItem(name); } catch (error) { /* private mode */ } };
const UNSENT = "unsent:";

function send(one) {
  const { path, fields, shown, at } = one, named = one.file && one.file.name;
  store(localStorage, UNSENT + fields.key, JSON.stringify({ path, fields, shown, at, named }));
  one.item = one.from && collects(one.from) && !fields.data.endsWith(":ok") ? one.from : mine(shown, fields.key, named);
  again(); queue(one);
}

const queue = one => { sending = sending.then(() => post(one)); };
function again(those = () => true) {
  const due = failed.filter(those);
  failed = failed.filter(one => !due.includes(one));
  for (const one of due) { one.note.remove(); queue(one); }
}

async function post(one) {
  // The same key goes out again until the server has answered: it files one message however often it arrives.
  for (let attempt = 0; attempt < 6; attempt++) {
    one.away = true;
    try {
      const body = new FormData();
      for (const [name, value] of Object.entries(one.fields)) body.append(name, value);
      if (one.file) body.append("file", one.file);
      body.append("after", last); body.append("heard", heard);
      const answer = await fetch(one.path, { method: "POST", body, headers: { accept: "application/json" } });
      one.away = false; connected(true);
      if (answer.status < 500 || answer.status === 507) {
        const data = await answer.json();
        store(localStorage, UNSENT + one.fields.key);
        one.item.classList.remove("waiting");
        if (answer.ok) return show(data, one.from);
        complain(one.item, data.error || "没有发送成功，请再试一次。");
        return giveBack(one);
      }
    } catch (error) { connected(!one.away); /* The network is away; the message is kept and tried again below. */ }
    await new Promise(done => { setTimeout(done, 800 * 2 ** attempt); window.addEventListener("online", done, { once: true }); });
  }
  one.note = complain(one.item, (one.away ? "网络不通，消息还没送到。网络恢复后会自动再发" : "系统暂时没有收下这条消息，请稍后再发一次") + "；紧急情况请直接拨打 110。");
  const button = document.createElement("button");
  button.type = "button"; button.textContent = "再发一次"; button.addEventListener("click", () => again());
  one.note.append(" ", button); failed.push(one); bottom();
}

function complain(item, words) {
  const note = document.createElement("p");
  note.className = "error"; note.setAttribute("role", "alert"); note.textContent = words; item.append(note); bottom();
  return note;
}

function giveBack(one) {  // What was refused is hers to mend: nobody types it twice.
  if (!text.value && one.fields.text) { text.value = one.fields.text; written(); }
}

function resume() {
  let kept = [];
  try {
    kept = Object.keys(localStorage).filter(name => name.startsWith(UNSENT)).map(name => JSON.parse(localStorage.getItem(name)));
    text.value = text.value || sessionStorage.getItem("draft") || ""; grow();
  } catch (error) { /* private mode */ }
  for (const one of kept.sort((a, b) => a.at - b.at)) {
    const there = log.querySelector(`[data-key="${one.fields.key}"]`), begun = log.querySelectorAll(`[data-key^="${one.fields.key}~"]`);
    if (!there && !one.named) { for (const line of begun) line.remove(); send(one); continue; }
    store(localStorage, UNSENT + one.fields.key);
    if (!there) { complain(mine(one.shown, "", one.named), `「${one.named}」还没送到，请重新选一次再发。`); giveBack(one); }
  }
}

form.addEventListener("submit", event => {
  event.preventDefault();
  const words = text.value.trim(), enclosed = file.files[0];
  if ((!words && !enclosed) || counted()) return;
  if (enclosed && enclosed.size > Number(file.dataset.most)) {
    complain(mine("", "", enclosed.name), `文件太大，没有发送。一个文件不超过 ${Math.floor(file.dataset.most / 1e6)} MB。`);
    return choose();
  }
  text.value = ""; choose(); written();
  send({ path: "/chat/say", fields: { key: freshKey(), text: words }, file: enclosed, shown: words, at: Date.now() });
});

log.addEventListener("submit", event => {
  event.preventDefault();
  const data = new FormData(event.target), label = data.get("label");
  send({ path: "/chat/press", fields: { key: freshKey(), data: data.get("data"), label }, shown: label, at: Date.now(), from: event.target.closest("li") });
});

text.addEventListener("keydown", event => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
});
function grow() {
  text.style.height = "auto";
  text.style.height = Math.min(text.scrollHeight + text.offsetHeight - text.clientHeight, 160) + "px"; counted();
}
const written = () => { grow(); store(sessionStorage, "draft", text.value); };

// Nothing is cut in silence: near the limit of one message its length is shown, beyond it that the server makes several of it.
function counted() {
  const long = text.value.trim().length, one = Number(count.dataset.longest), most = Number(count.dataset.most);
  const said = n => n.toLocaleString("zh-CN") + " 字";
  count.hidden = long < one * 0.9;
  count.classList.toggle("over", long > most);
  count.textContent = long > most ? `已写 ${said(long)}，一次最多 ${said(most)}，还发不出去：请分几次发，或存成 PDF 发来。`
    : long > one ? `已写 ${said(long)}，会按顺序分几条发出，一个字不少。` : `已写 ${said(long)}，超过 ${said(one)}会分几条发出。`;
  return long > most;
}
text.addEventListener("input", written);
// The chosen file is named above the box, where it can be taken back; without one nothing stands there.
function choose(none = true) {
  if (none) file.value = "";
  const one = file.files[0];
  text.required = !one; chosen.hidden = !one; chosen.firstElementChild.textContent = one ? one.name : "";
}
file.addEventListener("change", () => choose(false));
chosen.lastElementChild.addEventListener("click", () => { choose(); text.focus(); });

function large(on) { root.classList.toggle("large", on); size.setAttribute("aria-pressed", on); store(localStorage, "large", on ? "1" : ""); grow(); }
size.addEventListener("click", () => large(!root.classList.contains("large")));
try { large(localStorage.getItem("large") === "1"); } catch (error) { /* private mode */ }

// What the office writes arrives here. The answer also tells the server that everything up to `after` has been received.
async function listen() {
  try {
    const answer = await fetch(`/chat/news?after=${last}&heard=${heard}`, { headers: { accept: "application/json" } });
    connected(true);
    if (answer.ok) { const data = await answer.json(); again(one => one.away); await sending; show(data); }
  } catch (error) { connected(false); /* asked again below */ }
  setTimeout(listen, document.hidden ? 15000 : 3000);
}
const online = () => again();
window.addEventListener("online", online);
window.addEventListener("offline", () => connected(false));
for (const line of [...log.children]) if (line.previousElementSibling && ticked(line.previousElementSibling, line)) line.remove();
bottom(); connected(navigator.onLine !== false); resume(); setTimeout(listen, 1500);
