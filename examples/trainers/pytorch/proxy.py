"""A trainer for Cuvée: a byte-level transformer in PyTorch. Copy it and put your own model in its place.

python3 proxy.py [--standalone] assignment.json; messages go to standard output as JSON lines, everything else to standard error.
The training is a function of the assignment alone: the data of a step depends on the seed and the step's number, so a
run that goes on from a checkpoint sees what it would have seen.
"""
import gzip, hashlib, json, math, os, random, re, signal, sys, threading, time
import torch
import torch.nn as nn
import torch.nn.functional as F

BLANK_LINE = re.compile(rb"[ \t\r]*\n")


def say(type, **fields):
    """JSON has no NaN: numbers that are not finite travel as words."""
    message = json.loads(json.dumps({"type": type, **fields}), parse_constant=str)
    print(json.dumps(message), flush=True)


class Unusable(Exception):
    """The text or the parameters cannot be used; of the class that the worker is told, and why."""


# Text, by the rules of the built-in trainer: documents are held out by their hash, so every trainer measures the same.

def documents(path):
    if os.path.isdir(path):
        for entry in sorted(os.scandir(path), key=lambda entry: entry.name):
            if not entry.name.startswith(".") and not entry.is_symlink():
                yield from documents(entry.path)
        return
    with open(path, "rb") as file:
        content = file.read()
    if path.endswith((".jsonl", ".jsonl.gz")):
        lines = gzip.decompress(content) if path.endswith(".gz") else content
        for line in lines.split(b"\n"):
            if line.strip():
                yield json.loads(line.decode("utf-8", "replace"))["text"].encode()
    elif b"\0" not in content[:8192]:
        yield from split_text(content)


def split_text(text):
    """A document ends at the first blank line after 2 kB, at a line's end after 16 kB, or at 32 kB."""
    start = 0
    while start < len(text):
        end = limit = min(start + 32768, len(text))
        newline = text.find(b"\n", start + 2047, limit)
        while newline != -1:
            blank = BLANK_LINE.match(text, newline + 1)
            if newline + 1 - start >= 16384 or blank:
                end = newline + 1 if newline + 1 - start >= 16384 else blank.end()
                break
            newline = text.find(b"\n", newline + 1, limit)
        yield text[start:end].strip(b"\r\n")
        start = end


def load(domain, held_out_share, least):
    sides = {True: [], False: []}
    try:
        for document in filter(None, documents(domain["path"])):
            held_out = int.from_bytes(hashlib.sha256(document).digest()[:6], "big") < held_out_share * 2**48
            sides[held_out].append(document + b"\0")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Unusable("data", f'domain "{domain["name"]}": {error}')
    training, held_out = (torch.tensor(list(b"".join(sides[side])), dtype=torch.long) for side in (False, True))
    for name, side in (("training", training), ("held-out", held_out)):
        if len(side) < least and (name == "held-out" or domain["weight"] > 0):
            raise Unusable("data", f'domain "{domain["name"]}": {len(side)} tokens of {name} text, {least} are needed')
    return training, held_out


def sequences(texts, weights, length, seed):
    """Endless. Each next one is of the domain furthest behind its share; a domain is read in passes of random order."""
    generators = [random.Random(f"{seed} {index}") for index in range(len(texts))]
    windows, counts, total = [[] for _ in texts], [0] * len(texts), sum(weights)
    for drawn in range(1, 2**62):
        behind = [w / total * drawn - n if w > 0 else -math.inf for w, n in zip(weights, counts)]
        index = behind.index(max(behind))
        counts[index] += 1
        if not windows[index]:
            phase = generators[index].randrange(min(length, len(texts[index]) - length))
            windows[index] = list(range(phase, len(texts[index]) - length, length))
            generators[index].shuffle(windows[index])
        start = windows[index].pop()
        yield texts[index][start : start + length + 1]


class Proxy(nn.Module):
    def __init__(self, layers, width, heads, length):
        super().__init__()
        self.token, self.position = nn.Embedding(256, width), nn.Embedding(length, width)
        block = nn.TransformerEncoderLayer(width, heads, 4 * width, 0.0, F.gelu, batch_first=True, norm_first=True)
        self.blocks, self.norm = nn.TransformerEncoder(block, layers), nn.LayerNorm(width)
        self.register_buffer("mask", torch.full((length, length), -math.inf).triu(1), persistent=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)

    def forward(self, batch):
        """Mean nats per token of a batch of sequences, each with its last target."""
        inputs, targets = batch[:, :-1], batch[:, 1:]
        hidden = self.token(inputs) + self.position.weight
        hidden = self.norm(self.blocks(hidden, self.mask))
        return F.cross_entropy((hidden @ self.token.weight.T).flatten(0, 1), targets.flatten())


@torch.no_grad()
def evaluate(model, held_out, length, tokens, device):
    available = (len(held_out) - 1) // length
    count = min(max(1, tokens // length), available)
    starts = [i * available // count * length for i in range(count)]
    batch = torch.stack([held_out[start : start + length + 1] for start in starts]).to(device)
    nats = model(batch).item()
    return {"natsPerToken": nats, "bitsPerByte": nats / math.log(2)}


def train(assignment, told_to_stop):
    p = {"layers": 2, "width": 64, "heads": 4, "steps": 200, "batchSize": 16, "contextLength": 64, "learningRate": 3e-3,
         "warmupSteps": 20, "evaluationEvery": 0, "evaluationTokens": 8192, "heldOutShare": 0.1, **assignment["parameters"]}
    if p["width"] % p["heads"]:
        raise Unusable("configuration", f'width must be a multiple of heads ({p["heads"]}), got {p["width"]}')
    length, steps, domains = p["contextLength"], p["steps"], assignment["domains"]
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    say("backend", name="external", reason=f"PyTorch {torch.__version__} on {device.type}")
    texts = [load(domain, p["heldOutShare"], length + 1) for domain in domains]
    stream = sequences([text for text, _ in texts], [domain["weight"] for domain in domains], length, assignment["seed"])
    torch.manual_seed(assignment["seed"])
    model = Proxy(p["layers"], p["width"], p["heads"], length).to(device)
    optimizer = torch.optim.AdamW(model.parameters(), p["learningRate"], betas=(0.9, 0.95), weight_decay=0.1)
    schedule = lambda step: min(1, (step + 1) / (p["warmupSteps"] + 1)) * (0.55 + 0.45 * math.cos(math.pi * step / steps))

    checkpoints, first, saved_at = assignment["checkpoints"], 0, time.monotonic()
    if checkpoints and checkpoints["resumeFrom"]:
        state = torch.load(os.path.join(checkpoints["resumeFrom"], "state.pt"), map_location=device, weights_only=True)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state["optimizer"]})
        first = state["step"]
        for _ in range(first * p["batchSize"]):
            next(stream)
        say("resumed", step=first)

    def save(step):
        nonlocal saved_at
        folder, saved_at = os.path.join(checkpoints["folder"], f"step-{step}"), time.monotonic()
        os.makedirs(folder, exist_ok=True)
        # Tensors and integers alone: what is read with weights_only can run no code.
        state = {"model": model.state_dict(), "optimizer": optimizer.state_dict()["state"], "step": step}
        torch.save(state, os.path.join(folder, "state.pt"))
        say("checkpoint", step=step, final=step == steps)  # From here on the folder is the worker's.

    def due(step):
        every, seconds = checkpoints["everySteps"], checkpoints["everySeconds"]
        return step % every == 0 if every else seconds > 0 and time.monotonic() - saved_at >= seconds

    def losses():
        held_out = zip(domains, texts)
        return {d["name"]: evaluate(model, text, length, p["evaluationTokens"], device) for d, (_, text) in held_out}

    for step in range(first + 1, steps + 1):
        if told_to_stop.is_set():
            return save(step - 1) if checkpoints and step - 1 > first else None
        batch = torch.stack([next(stream) for _ in range(p["batchSize"])]).to(device)
        for group in optimizer.param_groups:
            group["lr"] = p["learningRate"] * schedule(step - 1)
        optimizer.zero_grad()
        loss = model(batch)
        if not torch.isfinite(loss):
            return say("diverged", step=step, trainLoss=loss.item(), reason="the training loss is not finite")
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        point = {"step": step, "totalSteps": steps, "tokens": step * p["batchSize"] * length, "trainLoss": loss.item()}
        evaluated = p["evaluationEvery"] and step % p["evaluationEvery"] == 0 and step < steps
        if evaluated or step % 10 == 0:
            say("progress", **point, **({"losses": losses()} if evaluated else {}))
        if checkpoints and (due(step) if step < steps else checkpoints["keepFinal"]):
            save(step)
    trainable = sum(parameter.numel() for parameter in model.parameters())
    say("result", losses=losses(), tokens=steps * p["batchSize"] * length, parameters=trainable)


def exit_with_worker():
    """The worker holds the other end of standard input and never writes: its end means that the worker is gone."""
    while os.read(0, 4096):
        pass
    os._exit(4)


if __name__ == "__main__":
    told_to_stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: told_to_stop.set())
    if "--standalone" not in sys.argv:
        threading.Thread(target=exit_with_worker, daemon=True).start()
    try:
        with open(sys.argv[-1]) as file:
            train(json.load(file), told_to_stop)
    except Unusable as error:
        say("error", **{"class": error.args[0]}, message=error.args[1][:4000])
        sys.exit(1)
