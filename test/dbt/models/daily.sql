select created_at::date as day, count(*) as orders from {{ ref('orders') }} group by 1
