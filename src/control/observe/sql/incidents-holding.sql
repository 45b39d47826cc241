select i.id from observe.incident i join observe.incident_signal j on j.incident_id = i.id
where j.plane = $1 and j.key = $2 and i.state <> 'resolved'
order by i.id
for update of i
