-- An invented company's books in a schema of their own: the same rows everywhere, no randomness.

create schema demo;

create table demo.departments (
    id integer primary key,
    name text not null unique,
    manager text not null
);
insert into demo.departments
select n, (array['Sales', 'Marketing', 'Operations', 'Research', 'Finance', 'Support'])[n],
       (array['A. Lindqvist', 'R. Okafor', 'M. Tanaka', 'S. Moreau', 'J. Whitfield', 'P. Novak'])[n]
from generate_series(1, 6) n;

create table demo.accounts (
    code text primary key,
    name text not null,
    kind text not null check (kind in ('revenue', 'expense', 'asset', 'liability'))
);
insert into demo.accounts values
    ('1000', 'Cash', 'asset'), ('1200', 'Accounts receivable', 'asset'), ('1500', 'Equipment', 'asset'),
    ('2000', 'Accounts payable', 'liability'), ('2300', 'Tax payable', 'liability'),
    ('4000', 'Product sales', 'revenue'), ('4100', 'Services', 'revenue'), ('4900', 'Other income', 'revenue'),
    ('5000', 'Cost of goods', 'expense'), ('6000', 'Salaries', 'expense'), ('6100', 'Rent', 'expense'),
    ('6200', 'Travel', 'expense'), ('6300', 'Software', 'expense'), ('6400', 'Advertising', 'expense');

create table demo.vendors (
    id integer primary key,
    name text not null unique,
    country text not null
);
insert into demo.vendors
select n, (array['Northwind Paper', 'Baltic Freight', 'Cedar Cloud', 'Delta Office', 'Evergreen Power', 'Fjord Foods',
                 'Granite Legal', 'Harbor Travel', 'Iris Design', 'Juniper Systems', 'Keystone Rents', 'Lumen Media'])[n],
       (array['SE', 'LT', 'US', 'DE', 'NO', 'NO', 'GB', 'FR', 'IT', 'US', 'GB', 'ES'])[n]
from generate_series(1, 12) n;

create table demo.accounting_transactions (
    id integer primary key,
    booked_on date not null,
    account_code text not null references demo.accounts,
    department_id integer not null references demo.departments,
    vendor_id integer references demo.vendors,
    description text not null,
    amount numeric(12, 2) not null,
    currency text not null default 'EUR',
    status text not null check (status in ('posted', 'pending', 'reversed'))
);
create index on demo.accounting_transactions (booked_on);
create index on demo.accounting_transactions (account_code);
insert into demo.accounting_transactions
select n, date '2024-01-02' + (n * 730 / 600), a.code, 1 + (n * 7) % 6,
       case when a.kind = 'expense' then 1 + (n * 5) % 12 end,
       a.name || ' ' || to_char(date '2024-01-02' + (n * 730 / 600), 'YYYY-MM') || ' #' || n,
       case when a.kind = 'expense' then -1 else 1 end * round((120 + (n * 7919) % 9400 + ((n * 31) % 100) / 100.0)::numeric, 2),
       'EUR', case when n % 41 = 0 then 'reversed' when n > 585 then 'pending' else 'posted' end
from generate_series(1, 600) n
join demo.accounts a on a.code = (array['4000', '5000', '6000', '4100', '6200', '6300', '4000', '6100', '6400', '4900',
                                        '1500', '2300'])[1 + (n * 11) % 12];

create table demo.budgets (
    department_id integer not null references demo.departments,
    month date not null,
    amount numeric(12, 2) not null,
    primary key (department_id, month)
);
insert into demo.budgets
select d, (date '2024-01-01' + make_interval(months => m))::date, 20000 + d * 1500 + (m * 977) % 4000
from generate_series(1, 6) d, generate_series(0, 23) m;

create view demo.monthly_totals as
select date_trunc('month', t.booked_on)::date as month, a.kind, sum(t.amount) as total, count(*) as entries
from demo.accounting_transactions t join demo.accounts a on a.code = t.account_code
where t.status = 'posted' group by 1, 2;
