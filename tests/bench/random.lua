-- random.lua -- wrk asks for /1.html to /N.html, in no order: wrk ... -- N
local n = 10

function init(args)
	n = tonumber(args[1]) or n
	math.randomseed(1)
end

function request()
	return wrk.format("GET", "/" .. math.random(n) .. ".html")
end
