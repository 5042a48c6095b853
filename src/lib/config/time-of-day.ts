import * as z from "zod";

/** HH:MM, from 00:00 to 23:59. */
export const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;

/** A time of the day as churn.yaml writes it. */
export const timeOfDay = z.string().regex(TIME_OF_DAY, "a time of the day as HH:MM, such as 06:00");
