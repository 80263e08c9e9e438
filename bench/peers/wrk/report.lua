-- Has wrk print its counts as one line of JSON. Arguments: how many requests to send at once, and how many bytes each
-- uploads.

function init(arguments)
    local depth, upload = tonumber(arguments[1]), tonumber(arguments[2])
    if upload > 0 then
        wrk.method = "POST"
        wrk.body = string.rep("x", upload)
    end
    if depth > 1 then
        local pipelined = string.rep(wrk.format(), depth)
        request = function() return pipelined end
    end
end

function done(summary, latency)
    local e = summary.errors
    print(string.format('{"done": %d, "seconds": %.6f, "errors": %d, "p50_us": %d, "p99_us": %d}',
        summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
        latency:percentile(50), latency:percentile(99)))
end
