select o.id, o.customer_id, o.status, o.created_at
from {{ source('raw', 'orders') }} as o
join {{ ref('customers') }} as c on c.id = o.customer_id
where o.status <> 'canary-literal'
