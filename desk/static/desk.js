// What the desk does beyond plain pages: keys, drafts, the look for news, the siren. Everything essential works without it.
"use strict";

const one = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const typing = () => /^(INPUT|TEXTAREA|SELECT)$/.test(document.activeElement.tagName) && document.activeElement.type !== "checkbox";

function remember(name, value) { try { localStorage.setItem(name, value); } catch (refused) { return; } }
function recall(name) { try { return localStorage.getItem(name); } catch (refused) { return null; } }

// Keys in the queue: j k Enter x /
let place = -1;
function step(by) {
  const rows = all("tr[data-row]");
  if (!rows.length) return;
  place = Math.min(Math.max(place + by, 0), rows.length - 1);
  rows.forEach((row, n) => row.classList.toggle("here", n === place));
  rows[place].scrollIntoView({ block: "nearest" });
  one("td.no a", rows[place]).focus({ preventScroll: true });
}

document.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key === "Enter" && document.activeElement.form) {
    document.activeElement.form.requestSubmit();
    return;
  }
  if (event.key === "Escape" && typing()) { document.activeElement.blur(); return; }
  if (typing() || event.ctrlKey || event.metaKey || event.altKey) return;
  const rows = all("tr[data-row]");
  if (event.key === "/" && one("#words")) { event.preventDefault(); one("#words").focus(); }
  else if (event.key === "j" && rows.length) step(1);
  else if (event.key === "k" && rows.length) step(-1);
  else if (event.key === "x" && rows[place]) { const box = one("input[type=checkbox]", rows[place]); if (box) { box.checked = !box.checked; counted(); } }
  else if (event.key === "r" && one("#answer")) { event.preventDefault(); one("#answer").focus(); }
  else if (event.key === "u" && one(".crumb a")) one(".crumb a").click();
  else { const button = one(`button[data-key="${CSS.escape(event.key)}"]`); if (button) { event.preventDefault(); button.click(); } }
});

// Bulk assigning says how many are chosen.
function counted() {
  const chosen = all("input[name=ticket]:checked").length;
  if (one("#bulk")) one("#bulk").hidden = !chosen;
  if (one("#chosen")) one("#chosen").textContent = chosen ? `已选 ${chosen} 张` : "勾选后可批量分派";
}
document.addEventListener("change", (event) => { if (event.target.name === "ticket") counted(); });
window.addEventListener("pageshow", counted); // what a browser ticks again when one goes back counts too
counted();

// Only who calls a grave ticket milder must say why; an alarm waits for no reason.
function lowered() {
  if (one("#u-urgency")) one("#u-reason").required = "lowers" in one("#u-urgency").selectedOptions[0].dataset;
}
document.addEventListener("change", (event) => { if (event.target.id === "u-urgency") lowered(); });
window.addEventListener("pageshow", lowered); // a browser that goes back brings the choice with it

// A draft goes into the box; what was written already stays in front of it, and another draft takes the place of an unchanged one.
let drafted = { before: "", text: null };
document.addEventListener("click", (event) => {
  const draft = event.target.closest("[data-draft]");
  if (draft) {
    event.preventDefault();
    const box = one("#answer"), same = box.value === drafted.text || (drafted.text === null && box.value === box.dataset.drafted);
    const before = same ? drafted.before : box.value.trim();
    box.value = before ? `${before}\n\n${draft.dataset.draft}` : draft.dataset.draft;
    drafted = { before, text: box.value };
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy) copied(one(`#${copy.dataset.copy}`)).then(() => { copy.textContent = "已复制"; });
  if (event.target.closest("[data-print]")) print();
  all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
});
all("[data-copy], [data-print]").forEach((button) => { button.hidden = false; });
// On an address without https there is no clipboard to write to; there the text is selected and copied as by hand.
async function copied(box) {
  if (navigator.clipboard) return navigator.clipboard.writeText(box.value);
  box.select();
  if (!document.execCommand("copy")) throw new Error("not copied");
}

// What is typed and not sent yet outlives a reload of this tab, and an answer that was refused; what was sent is forgotten.
all("[data-kept]").forEach((box) => {
  const name = `kept ${box.dataset.kept}`, sent = `sent ${box.dataset.kept}`;
  if (sessionStorage.getItem(sent) && new URLSearchParams(location.search).has("said")) sessionStorage.removeItem(name);
  sessionStorage.removeItem(sent);
  if (!box.value) box.value = sessionStorage.getItem(name) || "";
  box.addEventListener("input", () => { sessionStorage.setItem(name, box.value); });
  box.form.addEventListener("submit", () => { sessionStorage.setItem(sent, "1"); });
});

// A field of limited length says how much is written.
function measured(box) {
  const said = one(`#c-${box.id}`);
  const count = [...box.value.split("\n").map((line) => line.trim()).filter(Boolean).join("\n")].length;
  said.textContent = `已写 ${count}/${box.dataset.most} 字`;
  said.classList.toggle("hot", count > Number(box.dataset.most));
}
document.addEventListener("input", (event) => { if (event.target.dataset.most) measured(event.target); });

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") {
    all("input, select", event.target).forEach((field) => { if (!field.value) field.disabled = true; }); // a short address
    return;
  }
  if (event.target.dataset.sent) { event.preventDefault(); return; }
  if (!("again" in event.target.dataset)) event.target.dataset.sent = "1"; // a file may be fetched again
});
window.addEventListener("pageshow", () => {
  all("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
  all("form[method=get] :disabled").forEach((field) => { field.disabled = false; });
});

// The clock of an exam: counts what the server said is left, says the last minute, hands in what is chosen, and then the paper.
function countdown() {
  const shown = one("#left");
  if (!shown) return;
  const ends = performance.now() + Number(shown.dataset.left) * 1000;
  function tick() {
    const left = Math.ceil((ends - performance.now()) / 1000);
    shown.textContent = `${Math.floor(Math.max(left, 0) / 60)} 分 ${String(Math.max(left, 0) % 60).padStart(2, "0")} 秒`;
    const last = one("#last");
    if (left <= 60 && last.hidden) { last.hidden = false; last.textContent = "最后 1 分钟，没答的题算答错。"; }
    const paper = one("#paper"), handIn = one("#hand-in");
    if (left <= 2 && left > 0 && one("input[name=choice]:checked", paper)) { clearInterval(running); paper.requestSubmit(); }
    else if (left < 0 && !handIn.dataset.sent) { clearInterval(running); handIn.requestSubmit(); }
  }
  const running = setInterval(tick, 250);
  document.addEventListener("visibilitychange", tick);
  tick();
}
countdown();

// News every ten seconds: the banner, a hint of new tickets, and the siren for a level I alarm not heard before.
const siren = new Audio("/desk/static/alarm.wav");
let newest = 0, shown = "";
const title = document.title;

function sound() {
  const button = one("#sound"), on = recall("sound") === "on";
  if (!button) return;
  button.hidden = false;
  button.setAttribute("aria-pressed", String(on));
  button.textContent = on ? "提示音：开" : "提示音：关";
}
function ring(id) {
  if (id <= Number(sessionStorage.getItem("heard") || 0)) return;
  sessionStorage.setItem("heard", String(id));
  document.title = `【I 级】${title}`;
  if (recall("sound") === "on") siren.play().catch(() => { document.title = `【I 级】请点开声音 · ${title}`; });
}
async function look() {
  let answer;
  const talk = one("#wrote"), queue = one("table.queue");
  const asks = talk ? `?ticket=${encodeURIComponent(talk.dataset.ticket)}` : queue ? "?unread=1" : "";
  try { answer = await fetch(`/desk/news${asks}`, { headers: { accept: "application/json" } }); } catch (away) { return; }
  if (answer.status === 401 || answer.status === 403) { clearInterval(clock); return; }
  if (!answer.ok) return;
  const news = await answer.json();
  if (still(news.banner) !== still(shown)) one("#banner").innerHTML = news.banner;
  else tick(news.banner);
  shown = news.banner;
  if (!news.siren) document.title = title;
  ring(news.siren);
  if (newest && news.newest > newest && one("#fresh") && !one("#fresh a")) {
    const link = document.createElement("a");
    link.href = location.href;
    link.textContent = "有新工单，点此刷新";
    one("#fresh").append(link);
  }
  newest = newest || news.newest;
  if (talk && news.wrote > Number(talk.dataset.heard) && !one("a", talk)) {
    const link = document.createElement("a");
    link.href = `/desk/tickets/${talk.dataset.ticket}#newest`;
    link.addEventListener("click", (event) => { event.preventDefault(); location.hash = "newest"; location.reload(); });
    link.textContent = `${talk.dataset.said}，点此查看`;
    talk.append(link);
  }
  if (queue && news.unread) mark(queue, news.unread);
}
// The minutes of an alarm run without the whole banner being said again.
function still(banner) { return banner.replace(/<b class="waited">[^<]*/g, ""); }
function tick(banner) {
  const fresh = document.createElement("template");
  fresh.innerHTML = banner;
  const times = all(".waited", fresh.content);
  all("#banner .waited").forEach((time, n) => { if (times[n]) time.textContent = times[n].textContent; });
}
function mark(queue, numbers) {
  all("tr[data-row]", queue).forEach((row) => {
    const pill = one(".pill.unread", row), waits = numbers.includes(one("td.no a", row).textContent);
    if (waits && !pill) {
      const made = document.createElement("span");
      made.className = "pill unread";
      made.textContent = queue.dataset.unread;
      one(".matter", row).append(made);
    } else if (!waits && pill) pill.remove();
  });
}
// Who handles the ticket and has its page before her has read what her customer wrote.
const seen = one("form[data-seen]");
if (seen && !document.hidden) fetch(seen.action, { method: "POST", body: new URLSearchParams(new FormData(seen)), redirect: "manual" }).catch(() => {});

let clock = 0;
if (one("#banner")) {
  sound();
  one("#sound").addEventListener("click", () => {
    remember("sound", recall("sound") === "on" ? "off" : "on");
    sound();
    if (recall("sound") === "on") siren.play().catch(() => {});
  });
  clock = setInterval(look, 10000);
  look();
}
