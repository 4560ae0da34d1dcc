// SPDX-License-Identifier: MIT
//
// The names used by `biography_sentences.hpp`: 400 first, 400 middle and 1000 last names, each a
// single word, no word twice.
//
// Last names are composed of a stem and an ending, as many English ones are ("Ash" + "ford").
// Sizes after Allen-Zhu & Li 2024, arXiv:2404.05405; the lists are our own.
#pragma once

#include <string>
#include <vector>

#include "looplab/tasks/biographies/words/word_list.hpp"

namespace looplab {

/// 400 first names.
[[nodiscard]] inline std::vector<std::string> first_names() {
  return words_of(
      "Aaron Abigail Adam Adrian Agnes Aiden Alan Albert Alex Alexander Alexis Alfred Alice Alicia "
      "Alison Allison Alvin Alyssa Amanda Amber Amelia Amy Andrea Andrew Angela Anita Anna Anne "
      "Annie Anthony Antonio April Ariana Arnold Arthur Audrey Austin Autumn Ava Barbara "
      "Barry Beatrice Benjamin Bernard Bernice Bertha Bessie Beth Betty Beverly Blake Bonnie "
      "Brandon Brenda Brent Brett Brian Brianna Brooke Bruce Bryan Caleb Calvin Cameron "
      "Carl Carla Carlos Carmen Carol Caroline Carolyn Carrie Casey Catherine Cecil Chad Charlene "
      "Charles Charlotte Chelsea Cheryl Chester Chloe Christian Christina Christine Christopher "
      "Cindy Clara Clarence Claude Claudia Clifford Clinton Clyde Cody Colin Connie Connor "
      "Corey Courtney Craig Crystal Curtis Cynthia Daisy Dale Dana Daniel Danielle Danny Darlene "
      "Darrell Darren David Dawn Dean Deborah Debra Delores Denise Dennis Derek Derrick Diana "
      "Diane Diego Dolores Dominic Donald Donna Doris Dorothy Douglas Duane Dustin Dwight Dylan "
      "Earl Eddie Edgar Edith Edna Eduardo Edwin Eileen Elaine Eleanor Elena Elizabeth Ella "
      "Ellen Elmer Elsie Emily Emma Eric Erica Erik Erin Ernest Esther Ethan Ethel Eugene Eva "
      "Evan Evelyn Faith Felicia Felix Fernando Florence Floyd Frances Francis Francisco Frank "
      "Franklin Fred Frederick Gabriel Gabriella Gail Garrett Gary Gavin Geneva George Georgia "
      "Gerald Geraldine Gertrude Gilbert Gina Gladys Glen Glenn Gloria Gordon Grace Greg Gregory "
      "Gwendolyn Hailey Hannah Harold Harriet Harry Harvey Hazel Heather Hector Heidi Helen Henry "
      "Herbert Herman Holly Howard Hugh Ian Ida Irene Irma Isaac Isabella Ivan Jack Jackie Jacob "
      "Jacqueline Jaime Jamie Jane Janet Janice Jared Jasmine Jason Javier Jean Jeanette Jeff "
      "Jeffery Jeffrey Jennie Jennifer Jenny Jeremiah Jeremy Jerome Jerry Jesse Jessica Jessie "
      "Jill "
      "Jillian Jimmy Joan Joann Joanna Joanne Jocelyn Jodi Joe Joel Johanna Johnny Jonathan Jordan "
      "Jorge Jose Josephine Joshua Joyce Juan Juanita Judith Judy Julia Julian Julie Justin "
      "Kaitlyn "
      "Karen Karl Katelyn Katherine Kathleen Kathryn Kathy Katie Katrina Kayla Keith Kelly Kelsey "
      "Kenneth Kent Kerry Kevin Kimberly Kirk Kristen Kristin Kristina Kristine Kurt Kyle Larry "
      "Laura Lauren Laurie Lawrence Leah Leo Leon Leonard Leroy Leslie Lester Levi Lewis Lillian "
      "Lillie Linda Lindsay Lindsey Lisa Lloyd Logan Lois Loretta Lori Lorraine Louis Louise Lucas "
      "Lucille Lucy Luis Luke Lydia Lynn Mabel Mackenzie Madeline Madison Malik Manuel Marc Marcia "
      "Marcus Margaret Maria Mariah Marie Marilyn Mario Marion Marissa Marjorie Mark Marlene "
      "Marsha Marshall Martha Martin Marvin Mary Mason Mathew Matthew Maureen Maurice Max Maxine "
      "Megan Melanie Melinda Melissa Melvin Mercedes Meredith Michael Michaela Michele "
      "Michelle Miguel Mildred Milton Mindy Minnie Miranda Misty Mitchell Molly Monica Morgan");
}

/// 400 middle names.
[[nodiscard]] inline std::vector<std::string> middle_names() {
  return words_of(
      "Abel Abner Ada Adele Adeline Alba Aldo Alma Alistair Alonzo Althea Amara Amos "
      "Anders Angus Ansel Antonia Apollo Archer Archie Ariel Arlo Armand Asher Astrid Athena "
      "Atticus "
      "August Augusta Aurelia Aurora Axel Azalea Barnaby Barrett Basil Bastian Beau Beckett "
      "Belinda "
      "Benedict Bennett Benson Bernadette Bianca Birdie Bjorn Blair Bodhi Boris Boyd Bram Bridget "
      "Briar Bronson Bruno Bryce Byron Cadence Calla Callum Camille Carey Carlton Carmela Carson "
      "Cassius Cecelia Cecily Cedric Celeste Celia Celine Chance Chandler Cillian Clare "
      "Clarissa Clark Claudette Claudine Clementine Cleo Clive Clovis Colette Colton Conrad "
      "Constance Cora Coral Cordelia Corinne Cormac Cornelius Cosmo Crispin Cyrus Dahlia Damon "
      "Daphne Darcy Darius Dashiell Delia Della Delphine Demetrius Desmond Dexter Dorian Dorothea "
      "Drake Drew Drusilla Duncan Edison Edmund Effie Eli Elias Elijah Eliza Ellery Elliot Ellis "
      "Eloise Elsa Elton Elvira Ember Emerson Emery Emmett Enid Enoch Enzo Erasmus Esme Estelle "
      "Etta Eudora Eunice Evander Everett Ezra Fabian Fay Fern Ferdinand Fidel Finley Finn Fiona "
      "Fletcher Flora Forrest Freya Frieda Gareth Gemma Genevieve Gideon Giles Ginger Giovanni "
      "Giselle Godfrey Grady Graham Grant Greta Griffin Griselda Gunnar Gus Guy Hadley Hal Hamish "
      "Hank Harlan Harlow Harper Harris Harrison Hattie Hayden Heath Henrietta Hermes Hester "
      "Hilary Hilda Hollis Homer Honor Hope Horace Hubert Hudson Hugo Hunter Ignatius Imogen Ina "
      "Ines Inga Ingrid Iona Ira Iris Irving Isadora Isaiah Isolde Ivo Ivory Ivy Jasper Jethro "
      "Joaquin "
      "Jonah Jonas Josiah Jove Jude Jules Juliet June Juniper Juno Justus Kai Kane Keira Kendall "
      "Kendra Kermit Kian Kieran Kipling Kit Knox Lachlan Laird Lana Lance Lars Laurel Leander "
      "Leif Leila Leland Lemuel Lena Lenora Leona Leopold Lilac Lincoln Linus Lionel Livia Loren "
      "Lorelei Lorenzo Lottie Lowell Lucian Lucinda Ludwig Luna Luther Lyle Lyndon Lyra Mabry Mae "
      "Magnolia Magnus Maisie Malachi Malcolm Mallory Mara Marcel Marcellus Margot Marigold Marina "
      "Marlow Martina Matilda Maude Maverick Mavis Maxwell May Mercy Merle Merritt Micah Milan "
      "Miles Millicent Milo Mira Monroe Montgomery Mordecai Morris Moses Murray Myra Myron Nadia "
      "Naomi Nathaniel Neal Ned Nell Nelson Neville Nico Nigel Niles Noah Noel Nola Nora Norbert "
      "Octavia Octavius Odessa Odette Olaf Oleander Olga Olive Oliver Omar Opal Ophelia Orion Orla "
      "Orson Oscar Osmond Otis Otto Owen Pablo Paloma Pascal Patience Pearl Penelope Percy Perry "
      "Petra Philippa Phineas Phoebe Pierce Piper Poppy Portia Preston Primrose Prudence Quentin "
      "Quincy Quinn Rafael Ramona Randolph Raphael Raven Reed Regina Remy Renata Reuben Rex Rhea "
      "Rhett Rhoda Rhys Ridley River Roland Roman Romeo Rory Rosalind Roscoe Rowan Rufus Rupert");
}

/// 1000 last names.
[[nodiscard]] inline std::vector<std::string> last_names() {
  return composed(
      words_of("Ash Al Bar Beck Birch Black Brad Bran Cald Clay Comp Crom Den Drew East "
               "Ed Elm Fair Glen Gold Hart Haw Holl Kings Lang Mar Mel Nor Oak Pem Rad "
               "Red Rock Stan Thorn Up Wald West Whit Wood"),
      words_of("berg bourne bridge brook burn by combe cott dale den field ford ham hurst "
               "land ley man more ridge shaw stead ton ward well worth"));
}

}  // namespace looplab
