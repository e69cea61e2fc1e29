-- hosts.lua -- wrk asks hosts h1 to hN for one page each, in no order: -- N PORT
local n, port

function init(args)
	n = tonumber(args[1])
	port = args[2]
	math.randomseed(os.time())
end

function request()
	return wrk.format("GET", "/4k.html", { Host = "h" .. math.random(n) .. ".localhost:" .. port })
end
