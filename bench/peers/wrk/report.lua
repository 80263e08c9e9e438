-- Has wrk print its counts as one line of JSON, and send as many requests at once as its first argument says.
local pipelined

function init(arguments)
    local depth = tonumber(arguments[1]) or 1
    if depth > 1 then
        pipelined = string.rep(wrk.format(), depth)
        request = function() return pipelined end
    end
end

function done(summary, latency)
    local e = summary.errors
    print(string.format('{"done": %d, "seconds": %.6f, "errors": %d, "bytes": %d, "p50_us": %d, "p99_us": %d}',
        summary.requests, summary.duration / 1e6, e.connect + e.read + e.write + e.status + e.timeout,
        summary.bytes, latency:percentile(50), latency:percentile(99)))
end
