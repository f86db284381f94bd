-- What wrk sends, and whether what comes back is right. One thread has one connection: an answer is that of the last request.
-- Arguments: the file that workload.py wrote, a number from 1 to 9 that no other run on these tables has, the number of connections.
local threads = {}

function setup(thread)
  table.insert(threads, thread)
  thread:set("id", #threads)
end

function init(arguments)
  local workload = dofile(arguments[1])
  run, connections = tonumber(arguments[2]), tonumber(arguments[3])
  steps, schedule = workload.steps, workload.schedule
  for name, value in pairs(workload.headers) do
    wrk.headers[name] = value
  end
  post_headers = {}
  for name, value in pairs(wrk.headers) do
    post_headers[name] = value
  end
  post_headers["Origin"] = workload.origin
  for _, step in ipairs(steps) do
    if step.method == "GET" then
      step.request = wrk.format("GET", step.targets[1].path)
    end
  end
  position, written, sent, failed, faults, seconds = id * 37 % #schedule, 0, 0, 0, "", {}
  is_asked_by_wrk_itself = id == 1  -- once, before it begins
  math.randomseed(os.time() * 1000 + id)
end

local function token()
  local function part(digits)
    local text = ""
    for _ = 1, digits / 4 do
      text = text .. string.format("%04x", math.random(0, 65535))
    end
    return text
  end
  return part(8) .. "-" .. part(4) .. "-" .. part(4) .. "-" .. part(4) .. "-" .. part(12)
end

local function written_form(target)
  local unique = string.format("%d-%d-%d", run, id, written)
  local cents = (written * connections + id) * 10 + run
  local amount = string.format("%d,%02d", cents / 100, cents % 100)
  local body = target.body:gsub("__UNIQUE__", unique):gsub("__AMOUNT__", amount):gsub("__TOKEN__", token())
  post_headers["Content-Type"], post_headers["Referer"] = target.type, target.referer
  return wrk.format("POST", target.path, post_headers, body)
end

local function note(what)
  failed = failed + 1
  if failed <= 5 then
    faults = faults .. step.name .. "\t" .. what .. "\n"
  end
end

function request()
  if is_awaited then
    faults = faults .. step.name .. "\tno answer\n"
  end
  is_awaited = not is_asked_by_wrk_itself
  is_asked_by_wrk_itself = false
  position = position % #schedule + 1
  step = steps[schedule[position]]
  local text = step.request
  if not text then
    written = written + 1
    text = written_form(step.targets[(id - 1 + written * connections) % #step.targets + 1])
  end
  sent = sent + #text
  return text
end

function response(status, headers)
  is_awaited = false
  local now = os.time()
  seconds[now] = (seconds[now] or 0) + 1
  if status ~= step.status then
    note(status)
  elseif step.leads_to and not (headers["Location"] or ""):find(step.leads_to) then
    note(status .. " to " .. (headers["Location"] or "nowhere"))
  end
end

local function quoted(text)
  return '"' .. text:gsub('[%c"\\]', function(sign) return string.format("\\u%04x", sign:byte()) end) .. '"'
end

local function object(values)
  local parts = {}
  for name, value in pairs(values) do
    table.insert(parts, quoted(name) .. ":" .. value)
  end
  return "{" .. table.concat(parts, ",") .. "}"
end

function done(summary, latency)
  local sent, failed, faults, seconds = 0, 0, "", {}
  for _, thread in ipairs(threads) do
    sent, failed, faults = sent + thread:get("sent"), failed + thread:get("failed"), faults .. thread:get("faults")
    for second, count in pairs(thread:get("seconds")) do
      seconds[second] = (seconds[second] or 0) + count
    end
  end
  local percentiles, per_second = {}, {}
  for name, share in pairs({p50 = 50, p75 = 75, p90 = 90, p95 = 95, p99 = 99, p999 = 99.9}) do
    percentiles[name] = latency:percentile(share) / 1000
  end
  for second, count in pairs(seconds) do
    per_second[string.format("%d", second)] = count
  end
  local errors = summary.errors
  io.write("\nRESULT ", object({
    requests = summary.requests,
    microseconds = string.format("%d", summary.duration),
    bytes_received = string.format("%d", summary.bytes),
    bytes_sent = sent,
    failed = failed,
    broken = errors.connect + errors.read + errors.write + errors.timeout,
    percentiles = object(percentiles),
    per_second = object(per_second),
    faults = quoted(faults),
  }), "\n")
end
