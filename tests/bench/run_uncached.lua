-- 100 rows; the parameter changes with every request, so that no cache and no other request answers it.
local count = 0
request = function()
    count = count + 1
    local body = '{"sql":"select order_id, order_number, customer_id, order_date from orders where order_id > ?1 order by order_id limit 100","params":[' .. (count % 5000) .. '.' .. count .. ']}'
    return wrk.format("POST", nil, {["Content-Type"] = "application/json", ["Authorization"] = wrk.headers["Authorization"]}, body)
end
