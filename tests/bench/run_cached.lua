wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = '{"sql":"select order_id, order_number, customer_id, order_date from orders order by order_id limit 100"}'
