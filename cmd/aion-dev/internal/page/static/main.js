// Puts the page together.
import * as detail from "./detail.js";
import { call, complain } from "./call.js";
import { byID, say } from "./dom.js";
import * as list from "./list.js";
import * as runner from "./runner.js";
import * as store from "./store.js";
import * as workers from "./workers.js";

const words = { live: "live", lost: "aion-dev does not answer" };

function select(number, reveal = false) {
  list.choose(number);
  detail.show(number, reveal);
}

list.start(select);
detail.start(select);
runner.start(select);

async function load() {
  try {
    const engine = JSON.parse(await call("GET", "/api/engine"));
    say(byID("address"), engine.address);
    say(byID("endpoint"), engine.address);
    say(byID("version"), `· version ${engine.version}`);
    runner.setNamespaces(engine.namespaces);
    await runner.load();
  } catch (error) {
    complain(error.message);
  }
}

function update(news) {
  const changed = store.take(news);
  if (news.reset) {
    list.choose(0);
    detail.forget();
    runner.forget();
  }
  const others = news.workers && workers.show(news.workers);
  if (news.reset || others) load();
  list.refresh();
  detail.changed(changed);
  runner.report();
}

store.listen(update, (state) => {
  byID("connection").dataset.state = state;
  say(byID("connection"), words[state]);
});
setInterval(() => {
  workers.tick();
  detail.tick();
  list.schedule();
}, 1000);
