select id, (ssn)::integer as number from {{ ref('customers') }}
