select (act.number - plane.acts_before)::text as number, act.at, act.actor_id, act.action, act.target, act.after
from identity.plane
join identity.act on act.number > plane.acts_before + plane.acts_through
where plane.name = $1
order by act.number
limit $2
