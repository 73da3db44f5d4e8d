// The one script of the portal: pieces of pages are fetched and put in place. Everything works without it.

async function piece(address, options = {}) {
  const answer = await fetch(address, { ...options, headers: { "X-Fragment": "1" } });
  if (!answer.ok || answer.redirected) throw new Error("not a piece");
  return answer.text();
}

// A link with data-append is replaced by what it leads to: the list of days goes on where it is.
async function append(link) {
  if (link.getAttribute("aria-busy") === "true") return;
  link.setAttribute("aria-busy", "true");
  try {
    const holder = document.createElement("div");
    holder.innerHTML = await piece(link.href);
    const place = link.closest(".more");
    const first = holder.firstElementChild;
    const held = seenBelow(place);
    place.replaceWith(...holder.childNodes);
    held?.scrollIntoView({ block: "nearest" });
    watch(document);
    return first;
  } catch {
    location.assign(link.href);
  }
}

// What has the focus below a place, and is seen: whoever stands there with the keyboard must not lose it to a growing list.
function seenBelow(place) {
  const held = document.activeElement;
  if (!(place.compareDocumentPosition(held) & Node.DOCUMENT_POSITION_FOLLOWING)) return null;
  const { top, bottom } = held.getBoundingClientRect();
  return top < innerHeight && bottom > 0 ? held : null;
}

let further = 3; // times that the list goes on by itself; after that the parent asks for it

const near = new IntersectionObserver((seen) => {
  for (const each of seen) {
    if (each.isIntersecting && further > 0) {
      further -= 1;
      near.unobserve(each.target);
      append(each.target);
    }
  }
}, { rootMargin: "300px" });

function watch(root) {
  for (const link of root.querySelectorAll("a[data-append]")) near.observe(link);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-append]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  append(link).then((first) => first?.querySelector("a, summary")?.focus());
});

// A second tap on a form that is on its way is the same tap.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.hasAttribute("data-once")) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  for (const button of form.querySelectorAll("button")) button.setAttribute("aria-disabled", "true");
});
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) {
    delete form.dataset.sent;
    for (const button of form.querySelectorAll("button")) button.removeAttribute("aria-disabled");
  }
});

watch(document);
