-- Larkfield Workplace Supply, an invented wholesaler of office equipment. All amounts are in euros.
CREATE TABLE regions (
    region_id INTEGER PRIMARY KEY,
    region_name TEXT NOT NULL UNIQUE,
    sales_office TEXT NOT NULL
);
CREATE TABLE departments (
    department_id INTEGER PRIMARY KEY,
    department_name TEXT NOT NULL UNIQUE,
    location TEXT NOT NULL,
    annual_budget NUMERIC(12,2) NOT NULL,
    manager_id INTEGER NOT NULL REFERENCES employees (employee_id)
);
CREATE TABLE employees (
    employee_id INTEGER PRIMARY KEY,
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    email TEXT NOT NULL UNIQUE,
    job_title TEXT NOT NULL,
    department_id INTEGER NOT NULL REFERENCES departments (department_id),
    manager_id INTEGER REFERENCES employees (employee_id),
    city TEXT NOT NULL,
    hire_date DATE NOT NULL,
    termination_date DATE CHECK (termination_date > hire_date),
    salary NUMERIC(12,2) NOT NULL CHECK (salary > 0)
);
CREATE TABLE customers (
    customer_id INTEGER PRIMARY KEY,
    customer_name TEXT NOT NULL UNIQUE,
    segment TEXT NOT NULL,
    industry TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES regions (region_id),
    country TEXT NOT NULL,
    city TEXT NOT NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL,
    credit_limit NUMERIC(12,2) NOT NULL,
    payment_terms_days INTEGER NOT NULL,
    account_manager_id INTEGER NOT NULL REFERENCES employees (employee_id),
    signup_date DATE NOT NULL,
    status TEXT NOT NULL CHECK (status IN ('active', 'inactive', 'prospect', 'blocked'))
);
CREATE TABLE customer_contacts (
    contact_id INTEGER PRIMARY KEY,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    first_name TEXT NOT NULL,
    last_name TEXT NOT NULL,
    job_title TEXT NOT NULL,
    email TEXT NOT NULL,
    is_primary BOOLEAN NOT NULL
);
CREATE TABLE suppliers (
    supplier_id INTEGER PRIMARY KEY,
    supplier_name TEXT NOT NULL UNIQUE,
    country TEXT NOT NULL,
    city TEXT NOT NULL,
    lead_time_days INTEGER NOT NULL,
    rating NUMERIC(3,2) NOT NULL
);
CREATE TABLE product_categories (
    category_id INTEGER PRIMARY KEY,
    category_name TEXT NOT NULL UNIQUE,
    parent_category_id INTEGER REFERENCES product_categories (category_id)
);
CREATE TABLE products (
    product_id INTEGER PRIMARY KEY,
    sku TEXT NOT NULL UNIQUE,
    product_name TEXT NOT NULL UNIQUE,
    category_id INTEGER NOT NULL REFERENCES product_categories (category_id),
    supplier_id INTEGER NOT NULL REFERENCES suppliers (supplier_id),
    list_price NUMERIC(12,2) NOT NULL CHECK (list_price > unit_cost),
    unit_cost NUMERIC(12,2) NOT NULL CHECK (unit_cost > 0),
    weight_kg NUMERIC(8,2) NOT NULL,
    launch_date DATE NOT NULL,
    discontinued_date DATE
);
CREATE TABLE warehouses (
    warehouse_id INTEGER PRIMARY KEY,
    warehouse_name TEXT NOT NULL UNIQUE,
    city TEXT NOT NULL,
    country TEXT NOT NULL,
    region_id INTEGER NOT NULL REFERENCES regions (region_id),
    capacity_pallets INTEGER NOT NULL
);
CREATE TABLE stock_levels (
    warehouse_id INTEGER NOT NULL REFERENCES warehouses (warehouse_id),
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    quantity_on_hand INTEGER NOT NULL CHECK (quantity_on_hand >= 0),
    reorder_level INTEGER NOT NULL,
    last_counted_date DATE NOT NULL,
    PRIMARY KEY (warehouse_id, product_id)
);
CREATE TABLE purchase_orders (
    purchase_order_id INTEGER PRIMARY KEY,
    purchase_order_number TEXT NOT NULL UNIQUE,
    supplier_id INTEGER NOT NULL REFERENCES suppliers (supplier_id),
    warehouse_id INTEGER NOT NULL REFERENCES warehouses (warehouse_id),
    buyer_id INTEGER NOT NULL REFERENCES employees (employee_id),
    order_date DATE NOT NULL,
    expected_date DATE NOT NULL,
    received_date DATE,
    paid_date DATE,
    total_amount NUMERIC(12,2) NOT NULL CHECK (total_amount > 0),
    status TEXT NOT NULL CHECK (status IN ('ordered', 'received', 'paid'))
);
CREATE TABLE orders (
    order_id INTEGER PRIMARY KEY,
    order_number TEXT NOT NULL UNIQUE,
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    employee_id INTEGER NOT NULL REFERENCES employees (employee_id),
    warehouse_id INTEGER NOT NULL REFERENCES warehouses (warehouse_id),
    order_date DATE NOT NULL,
    required_date DATE NOT NULL,
    shipped_date DATE,
    delivered_date DATE,
    status TEXT NOT NULL CHECK (status IN ('processing', 'shipped', 'delivered', 'cancelled')),
    channel TEXT NOT NULL,
    shipping_cost NUMERIC(12,2) NOT NULL,
    total_amount NUMERIC(12,2) NOT NULL
);
CREATE TABLE order_items (
    order_item_id INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL REFERENCES orders (order_id),
    line_number INTEGER NOT NULL,
    product_id INTEGER NOT NULL REFERENCES products (product_id),
    quantity INTEGER NOT NULL CHECK (quantity > 0),
    unit_price NUMERIC(12,2) NOT NULL,
    discount_percent INTEGER NOT NULL CHECK (discount_percent BETWEEN 0 AND 100),
    line_total NUMERIC(12,2) NOT NULL
);
CREATE TABLE invoices (
    invoice_id INTEGER PRIMARY KEY,
    invoice_number TEXT NOT NULL UNIQUE,
    order_id INTEGER NOT NULL UNIQUE REFERENCES orders (order_id),
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    invoice_date DATE NOT NULL,
    due_date DATE NOT NULL,
    subtotal NUMERIC(12,2) NOT NULL,
    shipping_amount NUMERIC(12,2) NOT NULL,
    tax_rate NUMERIC(5,2) NOT NULL,
    tax_amount NUMERIC(12,2) NOT NULL,
    total_amount NUMERIC(12,2) NOT NULL,
    amount_paid NUMERIC(12,2) NOT NULL CHECK (amount_paid <= total_amount),
    paid_date DATE,
    status TEXT NOT NULL CHECK (status IN ('open', 'partially_paid', 'paid', 'overdue', 'written_off'))
);
CREATE TABLE payments (
    payment_id INTEGER PRIMARY KEY,
    invoice_id INTEGER NOT NULL REFERENCES invoices (invoice_id),
    customer_id INTEGER NOT NULL REFERENCES customers (customer_id),
    payment_date DATE NOT NULL,
    amount NUMERIC(12,2) NOT NULL CHECK (amount > 0),
    payment_method TEXT NOT NULL,
    reference TEXT NOT NULL
);
CREATE TABLE accounts (
    account_id INTEGER PRIMARY KEY,
    account_name TEXT NOT NULL UNIQUE,
    account_type TEXT NOT NULL CHECK (account_type IN ('asset', 'liability', 'equity', 'revenue', 'expense')),
    normal_balance TEXT NOT NULL CHECK (normal_balance IN ('debit', 'credit'))
);
CREATE TABLE expenses (
    expense_id INTEGER PRIMARY KEY,
    expense_date DATE NOT NULL,
    department_id INTEGER NOT NULL REFERENCES departments (department_id),
    employee_id INTEGER REFERENCES employees (employee_id),
    account_id INTEGER NOT NULL REFERENCES accounts (account_id),
    category TEXT NOT NULL,
    vendor TEXT NOT NULL,
    amount NUMERIC(12,2) NOT NULL CHECK (amount > 0),
    status TEXT NOT NULL CHECK (status IN ('paid', 'pending', 'rejected'))
);
CREATE TABLE journals (
    journal_id INTEGER PRIMARY KEY,
    journal_date DATE NOT NULL,
    source TEXT NOT NULL,
    reference TEXT NOT NULL,
    description TEXT NOT NULL
);
CREATE TABLE accounting_entries (
    entry_id INTEGER PRIMARY KEY,
    journal_id INTEGER NOT NULL REFERENCES journals (journal_id),
    account_id INTEGER NOT NULL REFERENCES accounts (account_id),
    department_id INTEGER REFERENCES departments (department_id),
    entry_date DATE NOT NULL,
    debit NUMERIC(12,2) NOT NULL DEFAULT 0,
    credit NUMERIC(12,2) NOT NULL DEFAULT 0,
    CHECK (debit >= 0 AND credit >= 0 AND (debit = 0) <> (credit = 0))
);

CREATE INDEX employees_by_department ON employees (department_id);
CREATE INDEX employees_by_manager ON employees (manager_id);
CREATE INDEX customers_by_region ON customers (region_id);
CREATE INDEX customers_by_account_manager ON customers (account_manager_id);
CREATE INDEX customer_contacts_by_customer ON customer_contacts (customer_id);
CREATE INDEX products_by_category ON products (category_id);
CREATE INDEX products_by_supplier ON products (supplier_id);
CREATE INDEX stock_levels_by_product ON stock_levels (product_id);
CREATE INDEX purchase_orders_by_supplier ON purchase_orders (supplier_id, order_date);
CREATE INDEX orders_by_customer ON orders (customer_id, order_date);
CREATE INDEX orders_by_date ON orders (order_date);
CREATE INDEX orders_by_employee ON orders (employee_id);
CREATE UNIQUE INDEX order_items_by_order ON order_items (order_id, line_number);
CREATE INDEX order_items_by_product ON order_items (product_id);
CREATE INDEX invoices_by_customer ON invoices (customer_id);
CREATE INDEX invoices_by_date ON invoices (invoice_date);
CREATE INDEX unpaid_invoices_by_due_date ON invoices (due_date) WHERE status IN ('open', 'partially_paid', 'overdue');
CREATE INDEX payments_by_invoice ON payments (invoice_id);
CREATE INDEX payments_by_customer ON payments (customer_id);
CREATE INDEX payments_by_date ON payments (payment_date);
CREATE INDEX expenses_by_department ON expenses (department_id, expense_date);
CREATE INDEX expenses_by_account ON expenses (account_id);
CREATE INDEX accounting_entries_by_journal ON accounting_entries (journal_id);
CREATE INDEX accounting_entries_by_account ON accounting_entries (account_id);

CREATE VIEW monthly_sales AS
SELECT strftime('%Y-%m', o.order_date) AS month,
       count(DISTINCT o.order_id) AS order_count,
       round(sum(i.line_total), 2) AS revenue,
       round(sum(i.quantity * p.unit_cost), 2) AS cost_of_goods_sold,
       round(sum(i.line_total) - sum(i.quantity * p.unit_cost), 2) AS gross_margin
FROM orders AS o
JOIN order_items AS i ON i.order_id = o.order_id
JOIN products AS p ON p.product_id = i.product_id
WHERE o.status <> 'cancelled'
GROUP BY month;

CREATE VIEW customer_revenue AS
SELECT c.customer_id, c.customer_name, c.segment, r.region_name,
       count(o.order_id) AS order_count,
       round(coalesce(sum(o.total_amount), 0), 2) AS revenue,
       max(o.order_date) AS last_order_date
FROM customers AS c
JOIN regions AS r ON r.region_id = c.region_id
LEFT JOIN orders AS o ON o.customer_id = c.customer_id AND o.status <> 'cancelled'
GROUP BY c.customer_id;

CREATE VIEW product_performance AS
SELECT p.product_id, p.product_name, g.category_name,
       sum(i.quantity) AS units_sold,
       round(sum(i.line_total), 2) AS revenue,
       round(sum(i.line_total - i.quantity * p.unit_cost), 2) AS gross_margin
FROM products AS p
JOIN product_categories AS g ON g.category_id = p.category_id
JOIN order_items AS i ON i.product_id = p.product_id
JOIN orders AS o ON o.order_id = i.order_id AND o.status <> 'cancelled'
GROUP BY p.product_id;

-- As of 2025-12-31, the last day of the books.
CREATE VIEW outstanding_invoices AS
SELECT i.invoice_id, i.invoice_number, c.customer_name, i.invoice_date, i.due_date, i.total_amount, i.amount_paid,
       round(i.total_amount - i.amount_paid, 2) AS balance_due,
       CAST(max(julianday('2025-12-31') - julianday(i.due_date), 0) AS INTEGER) AS days_overdue
FROM invoices AS i
JOIN customers AS c ON c.customer_id = i.customer_id
WHERE i.status IN ('open', 'partially_paid', 'overdue');

CREATE VIEW trial_balance AS
SELECT a.account_id, a.account_name, a.account_type,
       round(sum(e.debit), 2) AS total_debit,
       round(sum(e.credit), 2) AS total_credit,
       round(sum(e.debit) - sum(e.credit), 2) AS balance
FROM accounts AS a
JOIN accounting_entries AS e ON e.account_id = a.account_id
GROUP BY a.account_id;

CREATE VIEW employee_directory AS
SELECT e.employee_id, e.first_name || ' ' || e.last_name AS employee_name, e.job_title, d.department_name, e.city,
       m.first_name || ' ' || m.last_name AS manager_name
FROM employees AS e
JOIN departments AS d ON d.department_id = e.department_id
LEFT JOIN employees AS m ON m.employee_id = e.manager_id
WHERE e.termination_date IS NULL;
